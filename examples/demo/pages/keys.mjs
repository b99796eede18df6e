import { html } from '../view/html.mjs'
import { callCard, errorText, formatCount, postButton, quoted, timeLeft } from '../view/parts.mjs'

export const keysRoutes = {
  'GET /keys': show,
  'POST /keys/get': ({ form, ...context }) => get(context, keyIn(form)),
  'POST /keys/set': ({ form, ...context }) => set(context, form),
  'POST /keys/touch': ({ form, ...context }) => touch(context, keyIn(form)),
  'POST /keys/delete': ({ form, ...context }) => remove(context, keyIn(form)),
  'POST /keys/clear': clear,
}

const shownKeys = 40

async function show({ cache, journal, query }) {
  const listed = await journal.attempt('cache.keys()', () => listKeys(cache))
  return { title: 'Keys', content: view(cache, listed, journal.kept(query.get('done'))) }
}

async function listKeys(cache) {
  const keys = (await cache.keys()).sort()
  const shown = keys.slice(0, shownKeys)
  const left = await Promise.all(shown.map((key) => cache.pttl(key)))
  return { total: keys.length, rows: shown.map((key, i) => ({ key, leftMs: left[i] })) }
}

function get({ cache, journal }, key) {
  return done(journal, `cache.get(${quoted(key)})`, () => cache.get(key))
}

function touch({ cache, journal }, key) {
  return done(journal, `cache.touch(${quoted(key)}, 60)`, () => cache.touch(key, 60))
}

function remove({ cache, journal }, key) {
  return done(journal, `cache.delete(${quoted(key)})`, () => cache.delete(key))
}

function clear({ cache, journal }) {
  return done(journal, 'cache.clear()', () => cache.clear())
}

/** The time to live goes to the cache as it was typed; what cannot be one comes back as an OptionError. */
function set({ cache, journal }, form) {
  const [key, value, typed] = [`my:${keyIn(form)}`, textIn(form, 'value', 1000), textIn(form, 'timeout', 20)]
  const timeout = typed === '' ? null : typed
  const code = `cache.set(${quoted(key)}, ${quoted(value)}, { timeout: ${timeout === null ? 'null' : quoted(timeout)} })`
  return done(journal, code, () => cache.set(key, value, { timeout }))
}

async function done(journal, code, call) {
  return { redirect: `/keys?done=${journal.keep(await journal.attempt(code, call))}` }
}

function keyIn(form) {
  return textIn(form, 'key', 200)
}

function textIn(form, name, most) {
  return (form.get(name) ?? '').slice(0, most)
}

function view(cache, listed, done) {
  return html`<h1>Keys and their time to live</h1>
    <p class="lead">
      Everything that this demo has stored, by <code>cache.keys()</code> and <code>cache.pttl(key)</code>. Look at
      another page, come back, and watch the times run out.
    </p>
    ${done && callCard(done)}
    ${listed.ok ? keyTable(listed.answer) : html`<div class="note failed" role="status">${errorText(listed.error)}</div>`}
    <h2>Store one of your own</h2>
    ${setForm()}
    <p class="facts">
      In the store a key stands behind a prefix and a version: <code>my:note</code> is
      <code>${cache.makeKey('my:note')}</code>. <code>clear()</code> removes what has this prefix, the sessions of this
      demo too, and nothing else of the database.
    </p>`
}

function keyTable({ total, rows }) {
  if (total === 0)
    return html`<p class="empty">The cache is empty. <a href="/">Ask for a slow page</a> to put something in.</p>`
  return html`<table class="keys">
      <caption>
        ${formatCount(total)}
        ${total === 1 ? 'key' : 'keys'}${total > rows.length && html`, the first ${rows.length} of them`}
      </caption>
      <thead>
        <tr>
          <th scope="col">key</th>
          <th scope="col">time left</th>
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${rows.map(keyRow)}
      </tbody>
    </table>
    <div class="actions">${postButton('/keys/clear', 'Clear all', { look: 'danger' })}</div>`
}

function keyRow({ key, leftMs }) {
  const fields = { key }
  return html`<tr data-key="${key}">
    <th scope="row"><code>${key}</code></th>
    <td class="value">${timeLeft(leftMs)}</td>
    <td class="row-actions">
      ${postButton('/keys/get', 'Get', { fields })} ${postButton('/keys/touch', 'Touch: 60 s', { fields })}
      ${postButton('/keys/delete', 'Delete', { fields })}
    </td>
  </tr>`
}

function setForm() {
  return html`<form method="post" action="/keys/set" class="set-form">
    <label>Key, after <code>my:</code> <input name="key" required maxlength="200" value="note" /></label>
    <label>Value <input name="value" required maxlength="1000" value="hello" /></label>
    <label>Time to live <input name="timeout" maxlength="20" value="90s" aria-describedby="timeout-help" /></label>
    <button>Set</button>
    <p id="timeout-help" class="facts">Such as <code>30s</code>, <code>5m</code>, <code>2h</code>; empty for ever.</p>
  </form>`
}
