// The page of a mailed link sends its form by itself, so that opening the link is all a person has to do (OTP-3).
// Only where somebody looks at it: a browser that fetches ahead of its user must not.

const form = document.querySelector("[data-self-post]")

function send() {
  if (document.visibilityState === "visible" && !document.prerendering) {
    document.removeEventListener("visibilitychange", send)
    document.removeEventListener("prerenderingchange", send)
    form.requestSubmit()
  }
}

document.addEventListener("visibilitychange", send)
document.addEventListener("prerenderingchange", send)
send()
