// Asks before a page is left on which something was changed and not sent. The words are the browser's own.
// Without this script the page is left at once, as any page; what the form's buttons send is never lost either way.

const form = document.querySelector("form[data-unsaved]")
let asks = true
// What an earlier request has brought back is in force nowhere, though the site has sent it.
const broughtBack = form.dataset.unsaved === "brought-back"

// Against what the site has sent, also where the browser has filled in something by itself. A search changes nothing.
function differs(control) {
  if (control.closest("[role=search]")) {
    return false
  }
  if (control.type === "checkbox" || control.type === "radio") {
    return control.checked !== control.defaultChecked
  }
  return "defaultValue" in control && control.value !== control.defaultValue
}

form.addEventListener("submit", () => {
  asks = false
})
// The login is over: nothing can be set any more, and what is shown has to go (LOGIN-8).
document.addEventListener("login-over", () => {
  asks = false
})
// Shown again from the back-forward cache it is loaded anew, which was not asked for by the person.
window.addEventListener("pageshow", (event) => {
  asks &&= !event.persisted
})
window.addEventListener("beforeunload", (event) => {
  if (asks && (broughtBack || [...form.elements].some(differs))) {
    event.preventDefault()
  }
})
