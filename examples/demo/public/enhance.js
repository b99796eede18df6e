import { formatTimeLeft } from './time-left.js'

/** Nothing here is needed: without it the page shows what was when it was made. */
const refreshMs = 1500

countDown()
keepLive()
for (const form of document.querySelectorAll('form[data-slow], form[method="post"]'))
  form.addEventListener('submit', showWaiting)
addEventListener('pageshow', (event) => event.persisted && location.reload())

/** Times to live run out while one looks at them. */
function countDown() {
  const begun = performance.now()
  const clocks = [...document.querySelectorAll('[data-left-ms]')]
  if (clocks.length === 0) return
  setInterval(() => {
    for (const clock of clocks) {
      const left = Number(clock.dataset.leftMs) - (performance.now() - begun)
      clock.textContent = formatTimeLeft(left)
    }
  }, 250)
}

/** The numbers at the side are fetched anew while the page is looked at. */
function keepLive() {
  const side = document.querySelector('#live')
  const refresh = async () => {
    if (document.hidden) return
    try {
      const answer = await fetch('/live')
      side.innerHTML = await answer.text()
    } catch {
      clearInterval(timer)
    }
  }
  const timer = setInterval(() => void refresh(), refreshMs)
}

/** A stopwatch on the button that was pressed. */
function showWaiting({ currentTarget: form, submitter }) {
  const button = submitter ?? form.querySelector('button')
  const begun = performance.now()
  form.setAttribute('aria-busy', 'true')
  setInterval(() => {
    button.textContent = `${Math.round(performance.now() - begun).toLocaleString('en-US')} ms …`
  }, 50)
}
