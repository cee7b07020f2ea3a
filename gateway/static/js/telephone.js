// The telephone of the demo: plays the telephone platform, turn by turn, and the caller's keypad.

const FAULTS = {
  caller: "電話番号の形になっていません。市外局番から、0で始まる10桁または11桁で入力してください。",
  away: "つながりませんでした。少し待ってから、もう一度送ってください。",
  stale: "この画面は古くなっています。画面を開き直してください。",
  over: "この通話は終わっています。もう一度かけてください。",
}
const PRESSED_FOR = 120 // milliseconds

const dialForm = document.querySelector("[data-phone-dial]")
const phone = document.querySelector("[data-phone]")
const part = (name) => document.querySelector(`[data-phone-${name}]`)
const [title, log, set, digits, count, reveal, keypad, fault, retry, after] = [
  "title", "log", "set", "digits", "count", "reveal", "keypad", "fault", "retry", "after",
].map(part)

let call = null // the turn that waits for an answer
let keyed = "" // what was pressed since
let ahead = "" // what was pressed while a turn was under way
let sending = false

async function ask(method, address, body) {
  const response = await fetch(address, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRFToken": dialForm.elements.csrf_token.value },
    body: body === undefined ? undefined : JSON.stringify(body),
    keepalive: method === "DELETE",
  })
  if (response.ok) {
    return response.status === 204 ? null : response.json()
  }
  throw Object.assign(new Error(response.statusText), { status: response.status })
}

function faultOf(error) {
  return { 400: "stale", 403: "stale", 404: "over", 409: "over", 422: "caller" }[error.status] ?? "away"
}

function say(place, text) {
  place.textContent = text
  place.hidden = text === ""
}

function add(kind, who, text) {
  const line = document.createElement("li")
  line.className = `phone__line phone__line--${kind}`
  const speaker = document.createElement("span")
  speaker.className = "phone__who"
  speaker.textContent = who
  line.append(speaker, text)
  log.append(line)
  log.scrollTop = log.scrollHeight
}

function dots(text) {
  return reveal.getAttribute("aria-pressed") === "true" ? text : "●".repeat(text.length)
}

function showKeyed() {
  digits.textContent = call?.secret ? dots(keyed) : keyed
  count.textContent = keyed === "" ? "" : call?.secret ? `${keyed.length}桁入力しました` : [...keyed].join(" ")
}

function hear(turn) {
  call = turn.ended ? null : turn
  keyed = ""
  reveal.hidden = !turn.secret
  reveal.setAttribute("aria-pressed", "false")
  reveal.textContent = "数字を表示"
  say(fault, "")
  retry.hidden = true
  if (turn.say !== "") {
    add("voice", "音声案内", turn.say)
  }
  showKeyed()
  if (turn.ended) {
    end()
  }
}

function end() {
  call = null
  keyed = ""
  title.textContent = "通話が終わりました"
  set.hidden = true
  after.hidden = false
  title.focus()
}

async function dial() {
  const caller = dialForm.elements.caller.value
  const place = part("dial-fault")
  say(place, "")
  if (sending) {
    return
  }
  sending = true
  try {
    const turn = await ask("POST", phone.dataset.callsUrl, { caller })
    part("caller").textContent = caller
    title.textContent = "通話中"
    log.replaceChildren()
    dialForm.hidden = true
    phone.hidden = false
    set.hidden = false
    after.hidden = true
    set.focus()
    hear(turn)
  } catch (error) {
    say(place, FAULTS[faultOf(error)])
  } finally {
    sending = false
  }
}

// The same step may be sent again as often as it takes: it is taken once.
async function send() {
  if (sending || call === null) {
    return
  }
  sending = true
  say(fault, "")
  retry.hidden = true
  const { call_id: id, step, secret } = call
  try {
    const turn = await ask("POST", `${phone.dataset.callsUrl}/${id}`, { step, digits: keyed })
    if (call?.call_id !== id) {
      return // hung up meanwhile
    }
    add("keyed", "あなた", keyed === "" ? "（何も押しませんでした）" : secret ? "●".repeat(keyed.length) : keyed)
    hear(turn)
  } catch (error) {
    if (call?.call_id !== id) {
      return
    }
    const kind = faultOf(error)
    say(fault, FAULTS[kind])
    retry.hidden = kind !== "away"
    if (kind === "over") {
      add("voice", "音声案内", FAULTS.over)
      end()
    }
  } finally {
    sending = false
    const pressed = ahead
    ahead = ""
    if (retry.hidden) {
      ;[...pressed].forEach(press)
    }
  }
}

function press(key) {
  if (call === null || !retry.hidden) {
    return
  }
  if (sending) {
    ahead += key
    return
  }
  keyed += key
  showKeyed()
  const { digits: most, terminator } = call.collect
  if (key === terminator || keyed.length >= most) {
    send()
  }
}

async function hangUp() {
  const id = call?.call_id
  if (id === undefined) {
    return
  }
  add("keyed", "あなた", "電話を切りました")
  end()
  try {
    await ask("DELETE", `${phone.dataset.callsUrl}/${id}`)
  } catch {
    // The service forgets a call in which nothing happens any more.
  }
}

// In a call that was begun without scripts there is no dial form: it goes on without them.
dialForm?.addEventListener("submit", (event) => {
  event.preventDefault()
  dial()
})

keypad.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")
  if (key) {
    press(key.dataset.key)
  }
})

// Only while the telephone has the focus, so that no digit typed elsewhere is taken for a key.
set.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) {
    return
  }
  const key = event.key.normalize("NFKC")
  const button = /^[0-9*#]$/.test(key) ? keypad.querySelector(`[data-key="${key}"]`) : null
  if (button === null) {
    return
  }
  event.preventDefault()
  button.toggleAttribute("data-pressed", true)
  setTimeout(() => button.removeAttribute("data-pressed"), PRESSED_FOR)
  press(key)
})

reveal.addEventListener("click", () => {
  const shown = reveal.getAttribute("aria-pressed") !== "true"
  reveal.setAttribute("aria-pressed", String(shown))
  showKeyed()
})

retry.addEventListener("click", () => {
  set.focus()
  send()
})
part("wait").addEventListener("click", () => {
  keyed = ""
  showKeyed()
  send()
})
part("hang-up").addEventListener("click", hangUp)
part("again").addEventListener("click", () => {
  phone.hidden = true
  dialForm.hidden = false
  dialForm.elements.caller.focus()
})
window.addEventListener("pagehide", hangUp)
