// The hours of a week: arrow keys move between the boxes, with Shift they carry the mark along, and shortcuts fill in.
// Without this script each box is an ordinary one.

const DAYS = 7
const HOURS = 24

const SHORTCUTS = [
  ["いつでも", () => true],
  ["平日の9時から18時", (day, hour) => day < 5 && hour >= 9 && hour < 18],
  ["すべて外す", () => false],
]

function enhance(week) {
  const boxes = new Map()
  for (const box of week.querySelectorAll("input[type=checkbox]")) {
    boxes.set(box.value, box)
  }
  const at = (day, hour) => boxes.get(`${day}-${hour}`)
  const said = week.querySelector("[data-week-said]")
  const count = () => [...boxes.values()].filter((box) => box.checked).length

  // One stop for Tab; from there the arrows lead everywhere.
  const stopAt = (box) => {
    for (const other of boxes.values()) {
      other.tabIndex = other === box ? 0 : -1
    }
  }
  stopAt(at(0, 9))

  const moves = {
    ArrowUp: (day, hour) => [day, Math.max(0, hour - 1)],
    ArrowDown: (day, hour) => [day, Math.min(HOURS - 1, hour + 1)],
    ArrowLeft: (day, hour) => [Math.max(0, day - 1), hour],
    ArrowRight: (day, hour) => [Math.min(DAYS - 1, day + 1), hour],
    Home: (_day, hour) => [0, hour],
    End: (_day, hour) => [DAYS - 1, hour],
    PageUp: (day) => [day, 0],
    PageDown: (day) => [day, HOURS - 1],
  }
  week.addEventListener("keydown", (event) => {
    const move = moves[event.key]
    if (!move || !boxes.has(event.target.value) || event.ctrlKey || event.metaKey || event.altKey) {
      return
    }
    event.preventDefault()
    const [day, hour] = event.target.value.split("-").map(Number)
    const next = at(...move(day, hour))
    if (event.shiftKey) {
      next.checked = event.target.checked
    }
    next.focus()
  })
  week.addEventListener("focusin", (event) => {
    if (boxes.has(event.target.value)) {
      stopAt(event.target)
    }
  })

  const tools = week.querySelector("[data-week-tools]")
  for (const [name, holds] of SHORTCUTS) {
    const button = document.createElement("button")
    button.type = "button"
    button.className = "button button--outline button--small"
    button.textContent = name
    button.addEventListener("click", () => {
      for (const [value, box] of boxes) {
        box.checked = holds(...value.split("-").map(Number))
      }
      said.textContent = `${count()}時間分に印が付いています。`
    })
    tools.append(button)
  }
  tools.hidden = false
}

for (const week of document.querySelectorAll("[data-week]")) {
  enhance(week)
}
