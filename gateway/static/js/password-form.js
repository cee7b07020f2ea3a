// Password fields: a button that shows what was typed, and the rules checked while typing.

import { brokenRules } from "./password-rules.js"

function addReveal(row) {
  const input = row.querySelector("input")
  const label = document.querySelector(`label[for="${input.id}"]`)
  const name = label.firstChild.textContent.trim()
  const button = document.createElement("button")
  button.type = "button"
  button.className = "field__reveal"
  const show = (visible) => {
    input.type = visible ? "text" : "password"
    button.textContent = visible ? "隠す" : "表示"
    button.setAttribute("aria-label", `${name}を${visible ? "隠す" : "表示する"}`)
  }
  button.addEventListener("click", () => {
    show(input.type === "password")
  })
  input.form.addEventListener("submit", () => show(false)) // so that browsers do not remember it as plain text
  show(false)
  row.append(button)
}

function checkWhileTyping(form) {
  const present = form.querySelector("#present")
  const typed = form.querySelector("#new")
  const again = form.querySelector("#again")
  const match = form.querySelector("[data-match]")
  const announcement = form.querySelector("[data-rules-announcement]")
  const numbers = form.dataset.numbers.split(" ")
  let announcing

  const check = () => {
    const broken = brokenRules(typed.value, present.value, numbers)
    for (const rule of form.querySelectorAll("[data-rule]")) {
      const untouched = typed.value === "" || (rule.dataset.rule === "same_as_present" && present.value === "")
      const state = untouched ? "" : broken.has(rule.dataset.rule) ? "broken" : "kept"
      rule.dataset.state = state
      rule.querySelector("[data-rule-state]").textContent = { broken: "（まだです）", kept: "（満たしています）" }[state] ?? ""
    }
    clearTimeout(announcing)
    announcing = setTimeout(() => {
      announcement.textContent =
        typed.value === "" ? "" : broken.size ? `満たしていない決まりが${broken.size}件あります` : "すべての決まりを満たしています"
    }, 1000)
  }
  const compare = () => {
    const differs = again.value !== "" && !typed.value.startsWith(again.value)
    const same = again.value !== "" && again.value === typed.value
    match.dataset.state = differs ? "broken" : same ? "kept" : ""
    match.textContent = differs ? "新しいパスワードと違います" : same ? "新しいパスワードと一致しています" : ""
  }
  form.addEventListener("input", () => {
    check()
    compare()
  })
}

document.querySelectorAll("[data-reveal]").forEach(addReveal)
document.querySelectorAll("[data-password-form]").forEach(checkWhileTyping)
