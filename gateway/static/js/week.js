// The hours of a week: arrow keys move between boxes and the buttons at their edges, with Shift they carry the mark along.
// Without this script each box is an ordinary one, and each button asks the site to do the same (gateway/week_fill.py).

const DAYS = 7
const HOURS = 24
const EDGE = -1 // the place of the buttons: above the first hour, before the first day

const WHOLE = {
  always: () => true,
  office: (day, hour) => day < 5 && hour >= 9 && hour < 18,
  none: () => false,
}

function enhance(week) {
  const places = new Map()
  const boxes = []
  for (const box of week.querySelectorAll("input[type=checkbox]")) {
    const [day, hour] = box.value.split("-").map(Number)
    boxes.push({ box, day, hour })
    places.set(`${day} ${hour}`, box)
  }
  const buttons = [...week.querySelectorAll("button[name=fill]")]
  for (const button of buttons) {
    const [kind, place] = button.value.split("-")
    if (kind === "day") {
      places.set(`${place} ${EDGE}`, button)
    } else if (kind === "hour") {
      places.set(`${EDGE} ${place}`, button)
    }
  }
  const where = new Map([...places].map(([place, control]) => [control, place.split(" ").map(Number)]))
  const count = week.querySelector("[data-week-count]")
  const tell = () => {
    count.textContent = boxes.filter(({ box }) => box.checked).length
  }

  // One stop for Tab; from there the arrows lead everywhere.
  const stopAt = (control) => {
    for (const other of where.keys()) {
      other.tabIndex = other === control ? 0 : -1
    }
  }
  stopAt(places.get("0 9"))

  const within = (place, end) => Math.max(EDGE, Math.min(end - 1, place))
  const moves = {
    ArrowUp: (day, hour) => [day, within(hour - 1, HOURS)],
    ArrowDown: (day, hour) => [day, within(hour + 1, HOURS)],
    ArrowLeft: (day, hour) => [within(day - 1, DAYS), hour],
    ArrowRight: (day, hour) => [within(day + 1, DAYS), hour],
    Home: (_day, hour) => [0, hour],
    End: (_day, hour) => [DAYS - 1, hour],
    PageUp: (day) => [day, 0],
    PageDown: (day) => [day, HOURS - 1],
  }
  week.addEventListener("keydown", (event) => {
    const move = moves[event.key]
    if (!move || !where.has(event.target) || event.ctrlKey || event.metaKey || event.altKey) {
      return
    }
    event.preventDefault()
    const next = places.get(move(...where.get(event.target)).join(" "))
    if (!next) {
      return // the corner between the two rows of buttons
    }
    if (event.shiftKey && event.target.type === "checkbox" && next.type === "checkbox") {
      next.checked = event.target.checked
      tell()
    }
    next.focus()
  })
  week.addEventListener("focusin", (event) => {
    if (where.has(event.target)) {
      stopAt(event.target)
    }
  })
  week.addEventListener("change", tell)

  const fill = (which) => {
    const [kind, place] = which.split("-")
    if (kind in WHOLE) {
      for (const { box, day, hour } of boxes) {
        box.checked = WHOLE[kind](day, hour)
      }
      return
    }
    const meant = boxes.filter((one) => one[kind] === Number(place)).map(({ box }) => box)
    const all = meant.every((box) => box.checked)
    for (const box of meant) {
      box.checked = !all
    }
  }
  for (const button of buttons) {
    button.addEventListener("click", (event) => {
      event.preventDefault()
      fill(button.value)
      tell()
    })
  }
}

for (const week of document.querySelectorAll("[data-week]")) {
  enhance(week)
}
