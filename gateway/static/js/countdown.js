// How long a one-time password is still valid (OTP-6): seen every second, said aloud at a few marks only.

const MARKS = [120, 60, 30] // seconds left

const countdown = document.querySelector("[data-countdown]")
const left = countdown.querySelector("[data-countdown-left]")
const announcement = document.querySelector("[data-countdown-announcement]")
// The wall clock goes on while a laptop sleeps; timers do not.
const endsAt = Date.now() + Number(countdown.dataset.secondsLeft) * 1000

let before = Number(countdown.dataset.secondsLeft)
let timer = null

function inWords(seconds) {
  const minutes = Math.floor(seconds / 60)
  const rest = seconds % 60
  return minutes ? `${minutes}分${rest ? `${rest}秒` : ""}` : `${rest}秒`
}

function end() {
  clearInterval(timer)
  countdown.setAttribute("data-over", "")
  const told = "有効時間が過ぎました。"
  left.textContent = told
  announcement.textContent = `${told}この画面の下に、続け方があります。`
}

function tick() {
  const seconds = Math.ceil((endsAt - Date.now()) / 1000)
  if (seconds <= 0) {
    end()
    return
  }
  left.textContent = `あと${inWords(seconds)}`
  const passed = MARKS.find((mark) => seconds <= mark && mark < before)
  if (passed !== undefined) {
    announcement.textContent = `有効時間は、あと${inWords(seconds)}です`
  }
  before = seconds
}

timer = setInterval(tick, 1000)
tick()
document.addEventListener("visibilitychange", () => {
  if (!countdown.hasAttribute("data-over")) {
    tick()
  }
})
