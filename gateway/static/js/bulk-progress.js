// How far a file has come, as the server tells it. When its state changes, the page shows what there is to see then.

const box = document.querySelector("[data-progress]")
const bar = box.querySelector("progress")
const count = box.querySelector("[data-progress-count]")
const announcement = box.querySelector("[data-progress-announcement]")
const ANNOUNCE_EVERY = 25 // per cent; a screen reader that tells each row tells nothing

let announced = 0

function show({ rows, done }) {
  bar.max = Math.max(rows, 1)
  bar.value = done
  count.textContent = `${done.toLocaleString("ja")}／${rows.toLocaleString("ja")}行`
  const step = rows ? Math.floor((done / rows) * (100 / ANNOUNCE_EVERY)) * ANNOUNCE_EVERY : 0
  if (step > announced) {
    announced = step
    announcement.textContent = `${step}パーセント`
  }
}

const news = new EventSource(box.dataset.progress)

news.addEventListener("message", (event) => {
  const now = JSON.parse(event.data)
  if (now.state === box.dataset.state) {
    show(now)
  } else {
    news.close()
    window.location.reload()
  }
})

// After a refusal the browser does not try again: the page itself says what has happened.
news.addEventListener("error", () => {
  if (news.readyState === EventSource.CLOSED) {
    setTimeout(() => window.location.reload(), 5000)
  }
})
