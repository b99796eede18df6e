import { html } from '../view/html.mjs'
import { callCard, errorText, formatAnswer, formatMs, postButton, timeLeft } from '../view/parts.mjs'

export const counterRoutes = { 'GET /counter': show, 'POST /counter': count }

const viewsCode = "cache.incr('views', 1, { create: true, timeout: '1h' })"

const buttons = {
  up: {
    label: '+ 1',
    code: "cache.incr('clicks', 1, { create: true, timeout: null })",
    call: (cache) => cache.incr('clicks', 1, { create: true, timeout: null }),
  },
  down: {
    label: '− 1',
    code: "cache.decr('clicks', 1, { create: true, timeout: null })",
    call: (cache) => cache.decr('clicks', 1, { create: true, timeout: null }),
  },
  many: {
    label: '+ 100, all at once',
    code: "Promise.all(oneHundred.map(() => cache.incr('clicks', 1, { create: true, timeout: null })))",
    call: countTogether,
  },
  huge: {
    label: '+ 10¹⁸',
    code: "cache.incr('clicks', 10n ** 18n, { create: true, timeout: null })",
    call: (cache) => cache.incr('clicks', 10n ** 18n, { create: true, timeout: null }),
  },
  reset: { label: 'Delete', code: "cache.delete('clicks')", call: (cache) => cache.delete('clicks') },
}

async function show({ cache, journal, query }) {
  const views = await journal.attempt(viewsCode, () => cache.incr('views', 1, { create: true, timeout: '1h' }))
  const [left, clicks] = await Promise.all([
    journal.attempt('cache.pttl', () => cache.pttl('views')),
    journal.attempt('cache.get', () => cache.get('clicks', 0)),
  ])
  return { title: 'A counter', content: view({ views, left, clicks, done: journal.kept(query.get('done')) }) }
}

async function count({ cache, journal, form }) {
  const button = buttons[form.get('button')] ?? buttons.up
  const done = await journal.attempt(button.code, () => button.call(cache))
  return { redirect: `/counter?done=${journal.keep(done)}` }
}

/** A hundred callers that know nothing of one another: no two get the same sum. */
async function countTogether(cache) {
  const one = () => cache.incr('clicks', 1, { create: true, timeout: null })
  const sums = await Promise.all(Array.from({ length: 100 }, one))
  return `${new Set(sums).size} different sums, the last is ${sums.at(-1)}`
}

function view({ views, left, clicks, done }) {
  return html`<h1>A counter that loses nothing</h1>
    <p class="lead">
      <code>incr</code> adds in one step inside the store, whoever else is counting, and leaves the time to live alone.
    </p>
    <dl class="figures large">
      <div>
        <dt>views of this page</dt>
        <dd id="views">${shown(views)}</dd>
      </div>
      <div>
        <dt>clicks</dt>
        <dd id="clicks">${shown(clicks)}</dd>
      </div>
    </dl>
    ${views.ok ? viewsNote(views, left) : html`<div class="note failed" role="status">${errorText(views.error)}</div>`}
    <h2>Clicks</h2>
    <div class="actions">
      ${Object.entries(buttons).map(([name, { label }]) =>
        postButton('/counter', label, { fields: { button: name }, look: name === 'up' ? 'main' : 'plain' }),
      )}
    </div>
    ${done && callCard(done)}`
}

function viewsNote({ ms }, left) {
  return html`<p>
    The views were counted by <code>${viewsCode}</code> in ${formatMs(ms)} ms. They end an hour after the first one:
    ${left.ok && timeLeft(left.answer)} left.
  </p>`
}

function shown({ ok, answer }) {
  return ok ? formatAnswer(answer) : '–'
}
