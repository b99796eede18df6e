import { html } from '../view/html.mjs'
import { badge, bar, errorText, formatAnswer, formatMs, formatTime, postButton } from '../view/parts.mjs'

export const outageRoutes = { 'GET /outage': show, 'POST /outage/try': tryAll, 'POST /outage/redis': actOnRedis }

const deadlineMs = 1000

const trials = [
  { code: "cache.get('outage:note')", call: (cache) => cache.get('outage:note') },
  {
    code: "cache.set('outage:note', 'hello', { timeout: '5m' })",
    call: (cache) => cache.set('outage:note', 'hello', { timeout: '5m' }),
  },
  {
    code: "cache.incr('outage:tries', 1, { create: true })",
    call: (cache) => cache.incr('outage:tries', 1, { create: true }),
  },
  { code: "cache.getOrSet('outage:page', makePage, { timeout: '5m' })", call: getPage },
]

async function show({ journal, store, query }) {
  return { title: 'When Redis stops', content: view({ journal, store, run: journal.kept(query.get('done')) }) }
}

async function tryAll({ cache, journal }) {
  return { redirect: `/outage?done=${await tryAndKeep(cache, journal)}` }
}

async function actOnRedis({ cache, journal, store, form }) {
  await store.ownRedis?.act(form.get('action'))
  return { redirect: `/outage?done=${await tryAndKeep(cache, journal)}` }
}

async function tryAndKeep(cache, journal) {
  const calls = await Promise.all(trials.map(({ code, call }) => journal.attempt(code, () => call(cache))))
  return journal.keep({ calls, at: new Date() })
}

async function getPage(cache) {
  let from = 'cache'
  const makePage = () => {
    from = 'database'
    return `a page made at ${formatTime(new Date())}`
  }
  const page = await cache.getOrSet('outage:page', makePage, { timeout: '5m' })
  return { page, from }
}

function view({ journal, store, run }) {
  return html`<h1>When Redis stops</h1>
    <p class="lead">
      Redis is killed, or worse: it accepts connections and says nothing more. Every call still ends within its
      deadline, here the usual 1 second, with an error that says what happened. <code>getOrSet</code> has an answer of
      its own, its loader, so the visitor gets the page.
    </p>
    ${store.isRedis ? onRedis(store) : onMemory()} ${run && results(run)} ${lastError(journal.lastError)}`
}

function onMemory() {
  return html`<div class="note">
    <p>This demo is running on the memory of its own process, which cannot be stopped. Start it on a Redis:</p>
    <pre tabindex="0"><code># a throw-away redis-server, with buttons here to freeze and kill it
npm run demo -- --own-redis

# or one that is running already
npm run demo -- redis://127.0.0.1:6379/1</code></pre>
    <p>On memory all four calls answer:</p>
    <div class="actions">${postButton('/outage/try', 'Make four calls now', { look: 'main' })}</div>
  </div>`
}

function onRedis(store) {
  return store.ownRedis === undefined ? strangersRedis(store) : ownRedis(store.ownRedis)
}

function strangersRedis({ label }) {
  return html`<div class="note">
    <p>Stop the Redis in a terminal, and make the calls here:</p>
    <pre tabindex="0"><code># frozen for 20 seconds: it accepts connections and says nothing
redis-cli -u ${label} CLIENT PAUSE 20000 ALL

# gone
redis-cli -u ${label} SHUTDOWN NOSAVE</code></pre>
    <div class="actions">${postButton('/outage/try', 'Make four calls now', { look: 'main' })}</div>
  </div>`
}

const labels = {
  freeze: 'Freeze Redis (SIGSTOP)',
  thaw: 'Thaw it',
  kill: 'Kill it',
  start: 'Start it again',
}

function ownRedis({ url, state, choices }) {
  const kinds = { running: 'hit', frozen: 'miss', dead: 'error' }
  return html`<div class="note">
    <p>A redis-server of this demo's own at <code>${url}</code>: ${badge(kinds[state], state)}</p>
    <div class="actions">
      ${Object.entries(labels).map(([action, label]) =>
        postButton('/outage/redis', label, { fields: { action }, disabled: !choices.includes(action) }),
      )}
      ${postButton('/outage/try', 'Make four calls now', { look: 'main' })}
    </div>
    <p class="facts">Each button makes the four calls as well.</p>
  </div>`
}

function results({ calls, at }) {
  const longest = Math.max(deadlineMs * 1.1, ...calls.map((call) => call.ms))
  return html`<h2>Four calls, made at ${formatTime(at)}</h2>
    <p class="facts">The line is the deadline of one call to Redis, ${formatMs(deadlineMs)} ms.</p>
    <div role="status">
      <ol class="trials">
        ${calls.map((call) => trial(call, longest))}
      </ol>
    </div>`
}

function trial(call, longest) {
  const kind = !call.ok ? 'error' : call.answer?.from === 'database' ? 'load' : 'hit'
  return html`<li>
    <code class="line">${call.code}</code>
    <div class="trial-bar">
      ${bar(call.ms / longest, kind, deadlineMs / longest)} <span class="value">${formatMs(call.ms)} ms</span>
    </div>
    ${call.ok ? answered(call, kind) : failed(call.error)}
  </li>`
}

function answered({ answer }, kind) {
  const words = { load: 'answered by its loader', hit: 'answered' }
  return html`<p>${badge(kind, words[kind])} <code>${formatAnswer(answer?.page ?? answer)}</code></p>`
}

function failed({ name, code, message }) {
  return html`<p>${badge('error', name)} <code class="soft">${code}</code></p>
    <p class="message">${message}</p>`
}

function lastError(event) {
  if (event === undefined) return html`<p class="facts">No error so far.</p>`
  return html`<h2>The last error that the cache told of</h2>
    <div class="note failed">
      <p>
        At ${formatTime(event.at)} in
        <code>${event.operation}</code>${event.ignored ? '; the caller was answered by its loader.' : '.'}
      </p>
      ${errorText(event.error)}
    </div>`
}
