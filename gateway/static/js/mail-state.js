// Tells when the mail that somebody waits for was sent, or was refused. The question is no activity of a person.

const EVERY = 2000 // milliseconds
const PATIENCE = 120_000

const told = document.querySelector("[data-mail-state]")
const began = Date.now()

async function state() {
  try {
    const response = await fetch(told.dataset.mailState, { headers: { Accept: "application/json" } })
    return response.ok ? (await response.json()).mail : "on_its_way"
  } catch {
    return "on_its_way" // no network, or a service away: it is asked again
  }
}

async function ask() {
  const mail = await state()
  if (mail === "sent" || mail === "failed") {
    told.dataset.state = mail
    told.textContent = told.dataset[mail]
  } else if (mail !== null && Date.now() - began < PATIENCE) {
    setTimeout(ask, EVERY)
  }
}

if (told.dataset.state === "on_its_way") {
  setTimeout(ask, EVERY)
}
