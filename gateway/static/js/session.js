// Warns two minutes before the login ends, and lets the person stay (LOGIN-8).

const dialog = document.querySelector("#session-dialog")
const time = dialog.querySelector("[data-session-time]")
const announcement = dialog.querySelector("[data-session-announcement]")
const fault = dialog.querySelector("[data-session-fault]")
// Where the limit is shorter than the usual warning, half of it is left for working in peace.
const warnSeconds = Math.min(Number(dialog.dataset.warnSeconds), Math.floor(Number(dialog.dataset.secondsLeft) / 2))

let endsAt = 0
let warnedAt = null
let asking = false

function startFrom(secondsLeft) {
  endsAt = Date.now() + secondsLeft * 1000 // the wall clock goes on while a laptop sleeps; timers do not
  warnedAt = null
  if (dialog.open) {
    dialog.close()
  }
}

function inWords(seconds) {
  const minutes = Math.floor(seconds / 60)
  const rest = seconds % 60
  return minutes ? `${minutes}分${rest ? `${rest}秒` : ""}` : `${rest}秒`
}

// Another tab may have gone on working: the server knows. This question is no activity.
async function secondsLeft() {
  try {
    const response = await fetch(dialog.dataset.remainingUrl, { headers: { Accept: "application/json" } })
    return response.ok ? (await response.json()).seconds_left : null
  } catch {
    return null
  }
}

async function warn() {
  asking = true
  const left = await secondsLeft()
  asking = false
  if (left !== null) {
    startFrom(left)
    if (left > warnSeconds) {
      return
    }
  }
  warnedAt = Date.now()
  fault.hidden = true
  dialog.showModal()
  dialog.querySelector("button").focus()
}

function leave() {
  document.dispatchEvent(new Event("login-over")) // nobody is asked any more whether to stay on a page
  window.location.assign(dialog.dataset.overUrl)
}

async function end() {
  asking = true
  const left = await secondsLeft()
  if (left) {
    asking = false
    startFrom(left)
    return
  }
  leave()
}

function tick() {
  if (asking) {
    return
  }
  const left = Math.ceil((endsAt - Date.now()) / 1000)
  if (left <= 0) {
    end()
  } else if (left <= warnSeconds && warnedAt === null) {
    warn()
  }
  if (dialog.open && left > 0) {
    time.textContent = `あと${inWords(left)}で`
    if (left % 30 === 0) {
      announcement.textContent = `あと${inWords(left)}でログアウトします`
    }
  }
}

// Staying is the server's to grant; it answers how long from now.
dialog.querySelector("[data-session-stay]").addEventListener("submit", async (event) => {
  event.preventDefault()
  const form = event.currentTarget
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
    })
    if (response.ok) {
      const left = (await response.json()).seconds_left
      if (left) {
        startFrom(left)
        warnedAt = left <= warnSeconds ? Date.now() : null // the absolute limit is near: said once is enough
      } else {
        leave()
      }
      return
    }
    if (response.status === 403) {
      leave() // another login in this browser: the page there tells
      return
    }
  } catch {
    // No network at the moment: say so and let the person try again.
  }
  fault.hidden = false
})

// Escape must not hide the warning without an answer.
dialog.addEventListener("cancel", (event) => event.preventDefault())
// Chromium asks with "cancel" once only; a second press would close it.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && dialog.open) {
    event.preventDefault()
  }
})

startFrom(Number(dialog.dataset.secondsLeft))
setInterval(tick, 1000)
document.addEventListener("visibilitychange", tick)
