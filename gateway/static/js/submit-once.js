// A double click sends a form once: the second submit is swallowed while the first is under way.
// The button is not disabled, so that it keeps the focus and its name for screen readers.

const UNDER_WAY_FOR = 8000 // milliseconds; a browser that came back without loading anything may send again

const underWay = new WeakMap()

document.addEventListener("submit", (event) => {
  const form = event.target
  const before = underWay.get(form)
  if (before !== undefined && performance.now() - before < UNDER_WAY_FOR) {
    event.preventDefault()
    return
  }
  if (!event.defaultPrevented) {
    underWay.set(form, performance.now())
    form.setAttribute("aria-busy", "true")
  }
})

// Shown again from the back-forward cache, the page begins anew.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    window.location.reload()
  }
})

// Faults are what the page is about: readers are taken to them first.
document.querySelector("[data-focus]")?.focus()
