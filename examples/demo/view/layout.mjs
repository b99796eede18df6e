import { html } from './html.mjs'
import { badge, formatCount, formatMs, formatTime } from './parts.mjs'

const pages = [
  { path: '/', name: 'Slow page' },
  { path: '/rush', name: 'Ten at once' },
  { path: '/counter', name: 'Counter' },
  { path: '/keys', name: 'Keys' },
  { path: '/sessions', name: 'Sessions' },
  { path: '/outage', name: 'Outage' },
]

/** A whole page around its content. */
export function layout(context, { path, title, content }) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · everwarm demo</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
        <script type="module" src="/enhance.js"></script>
      </head>
      <body>
        <a class="skip" href="#content">To the content</a>
        <header class="top">
          <a class="brand" href="/"><img src="/icon.svg" alt="" width="26" height="26" />everwarm <span>demo</span></a>
          ${storePill(context)}
        </header>
        <nav aria-label="Pages">
          ${pages.map((page) => html`<a href="${page.path}" ${isUnder(page, path) && html`aria-current="page"`}>${page.name}</a>`)}
        </nav>
        <div class="columns">
          <main id="content">${content}</main>
          <aside id="live" aria-label="What the cache did">${live(context)}</aside>
        </div>
      </body>
    </html>`
}

function isUnder(page, path) {
  return page.path === path || path.startsWith(`${page.path}/`)
}

/** What the cache counted and told of; the browser fetches it anew from time to time. */
export function live({ cache, journal }) {
  const stats = cache.stats()
  return html`<section>
      <h2>cache.stats()</h2>
      <dl class="stats">
        ${figure('hits', stats.hits, 'hit')} ${figure('misses', stats.misses, 'miss')} ${figure('loads', stats.loads)}
        ${figure('shared loads', stats.sharedLoads)} ${figure('sets', stats.sets)}
        ${figure('errors', stats.errors, stats.errors > 0 && 'error')}
      </dl>
      <p class="facts">${storeFacts(stats.store)}</p>
    </section>
    ${journal.sessionCalls.length > 0 && sessionCalls(journal.sessionCalls)}
    <section>
      <h2>cache.on(…)</h2>
      ${journal.events.length === 0 ? html`<p class="facts">Nothing has happened yet.</p>` : eventList(journal.events)}
    </section>`
}

function storePill({ store, journal }) {
  const words = { well: 'answering', failing: 'not answering', unknown: 'not asked yet' }
  const state = store.isRedis ? journal.health : 'well'
  const said = store.isRedis ? words[state] : 'in this process'
  return html`<p class="pill ${state}"><span class="dot"></span><code>${store.label}</code> <span>${said}</span></p>`
}

function figure(name, value, kind) {
  return html`<div class="${kind}">
    <dt>${name}</dt>
    <dd>${formatCount(value)}</dd>
  </div>`
}

function storeFacts(facts) {
  const all = Object.entries(facts).filter(([name]) => name !== 'store')
  const shown = (fact) => (typeof fact === 'number' ? formatCount(fact) : fact)
  return html`${all.map(([name, fact], i) => html`${i > 0 && ' · '}<span>${name} ${shown(fact)}</span>`)}`
}

function eventList(events) {
  return html`<ol class="events">
    ${events.map(
      (event) =>
        html`<li>
          <time>${formatTime(event.at)}</time> ${badge(event.name)} <span class="what">${eventText(event)}</span>
        </li>`,
    )}
  </ol>`
}

function sessionCalls(calls) {
  return html`<section>
    <h2>sessions</h2>
    <ol class="events">
      ${calls.map(
        ({ at, name, request, ms }) =>
          html`<li>
            <time>${formatTime(at)}</time> ${badge('session', name)}
            <span class="what">${request} <span class="soft">${formatMs(ms)} ms</span></span>
          </li>`,
      )}
    </ol>
  </section>`
}

function eventText(event) {
  if (event.name === 'load') return `${event.key} in ${formatMs(event.ms)} ms`
  if (event.name !== 'error') return event.key
  const answered = event.ignored ? ', answered by the loader' : ''
  return `${event.operation}: ${event.error.name}${answered}`
}
