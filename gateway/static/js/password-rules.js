// The rules of a new password (PWD-1..4), by the names that the auth service gives to their faults.
// They only help while typing; the service decides.

const RUN = 4

function kind(character) {
  if (character >= "a" && character <= "z") {
    return "letter"
  }
  return character >= "0" && character <= "9" ? "digit" : character
}

function hasRun(text, step) {
  const characters = [...text.toLowerCase()]
  let length = 1
  for (let at = 1; at < characters.length; at += 1) {
    const [before, here] = [characters[at - 1], characters[at]]
    const follows = kind(before) === kind(here) && here.codePointAt(0) - before.codePointAt(0) === step
    length = follows ? length + 1 : 1
    if (length >= RUN) {
      return true
    }
  }
  return false
}

// Every rule that `text` breaks, as a set of names. `numbers` are phone numbers that must not be contained.
export function brokenRules(text, present, numbers) {
  const length = [...text].length
  const broken = {
    length: length < 8 || length > 12,
    characters: !/^[A-Za-z0-9]*$/.test(text),
    no_letter: !/[A-Za-z]/.test(text),
    no_digit: !/[0-9]/.test(text),
    same_as_present: text === present,
    repeated: hasRun(text, 0),
    sequence: hasRun(text, 1) || hasRun(text, -1),
    contains_number: numbers.some((number) => text.includes(number)),
  }
  return new Set(Object.keys(broken).filter((name) => broken[name]))
}
