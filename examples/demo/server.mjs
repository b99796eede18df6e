import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

import { createCache } from 'everwarm'

import { createJournal } from './journal.mjs'
import { startOwnRedis } from './own-redis.mjs'
import { atOnceRoutes } from './pages/at-once.mjs'
import { counterRoutes } from './pages/counter.mjs'
import { keysRoutes } from './pages/keys.mjs'
import { outageRoutes } from './pages/outage.mjs'
import { rushRoutes } from './pages/rush.mjs'
import { sessionsRoutes, unavailable } from './pages/sessions.mjs'
import { wordsRoutes } from './pages/words.mjs'
import { openShop } from './shop.mjs'
import { html } from './view/html.mjs'
import { layout, live } from './view/layout.mjs'

const host = '127.0.0.1'
const mostFormBytes = 64 * 1024

const routes = {
  ...wordsRoutes,
  ...rushRoutes,
  ...counterRoutes,
  ...keysRoutes,
  ...sessionsRoutes,
  ...atOnceRoutes,
  ...outageRoutes,
}

const files = {
  '/style.css': 'text/css; charset=utf-8',
  '/enhance.js': 'text/javascript; charset=utf-8',
  '/time-left.js': 'text/javascript; charset=utf-8',
  '/icon.svg': 'image/svg+xml',
}

const headers = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
    "base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // With none at all, forms would not say their origin either.
  'referrer-policy': 'same-origin',
}

/** Starts the demo; where the port is taken, on any free one, as for port 0. @throws OptionError for a location that cannot be */
export async function startDemo({ location, port, ownRedis: wantsOwnRedis }) {
  const ownRedis = wantsOwnRedis ? await startOwnRedis() : undefined
  const cache = createCache(ownRedis?.url ?? location, { keyPrefix: 'everwarm-demo' })
  const store = describeStore(ownRedis?.url ?? location, ownRedis)
  const context = { cache, sessions: openShop(cache), journal: createJournal(cache), store }
  const server = createServer({ maxHeaderSize: mostFormBytes }, (request, response) => {
    answer(context, request).then(
      (reply) => send(response, reply),
      (error) => send(response, failed(context, error)),
    )
  })
  await listen(server, port)
  const connected = await context.journal.attempt('cache.connect()', () => cache.connect())

  return {
    problem: connected.error?.message,
    url: `http://${host}:${server.address().port}`,
    port: server.address().port,
    store: context.store.label,
    async close() {
      server.close()
      server.closeAllConnections()
      await cache.close()
      await ownRedis?.stop()
    },
  }
}

/** The location without who may enter. */
function describeStore(location, ownRedis) {
  const isRedis = location !== 'memory:' && location !== 'dummy:'
  const label = location.replace(/\/\/[^/]*@/, '//')
  return { isRedis, label, ownRedis }
}

async function listen(server, port) {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error
    server.listen(0, host)
    await once(server, 'listening')
  }
}

async function answer(context, request) {
  const url = new URL(request.url, `http://${host}`)
  if (request.method === 'GET' && Object.hasOwn(files, url.pathname)) return file(url.pathname)
  if (request.method === 'GET' && url.pathname === '/live') return page(200, live(context))
  const name = `${request.method} ${url.pathname}`
  if (!Object.hasOwn(routes, name)) return missing(context)
  if (request.method === 'POST' && !isOurs(request)) return refused(context)

  const form = request.method === 'POST' ? await readForm(request) : undefined
  const { cookie, 'user-agent': userAgent } = request.headers
  const given = { ...context, name, query: url.searchParams, form, cookie, userAgent }
  const { redirect, headers, ...shown } = await routes[name](given)
  if (redirect !== undefined) return { status: 303, headers: { ...headers, location: redirect }, body: '' }
  return page(200, layout(context, { path: url.pathname, ...shown }), headers)
}

/** No other site's page can press the buttons of this one; who tells of no site and no origin is no browser. */
function isOurs({ headers }) {
  const { 'sec-fetch-site': site, origin, host: ownHost } = headers
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || origin === `http://${ownHost}`
}

async function readForm(request) {
  const chunks = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > mostFormBytes) throw new Error('The form is too large')
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString())
}

async function file(path) {
  const body = await readFile(new URL(`public${path}`, import.meta.url))
  return { status: 200, headers: { 'content-type': files[path] }, body }
}

function page(status, markup, headers = {}) {
  return { status, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' }, body: String(markup) }
}

function missing(context) {
  const content = html`<h1>No such page</h1>
    <p><a href="/">Back to the slow page</a></p>`
  return page(404, layout(context, { path: '', title: 'No such page', content }))
}

function refused(context) {
  const content = html`<h1>That was refused</h1>
    <p>The form is not of this site.</p>`
  return page(403, layout(context, { path: '', title: 'Refused', content }))
}

function failed(context, error) {
  if (error.code === 'ERR_SESSION_UNAVAILABLE')
    return page(error.status, layout(context, { path: '/sessions', ...unavailable(context, error) }))
  console.error(error)
  const content = html`<h1>That went wrong</h1>
    <p>The demo itself failed; its terminal says why.</p>`
  return page(500, layout(context, { path: '', title: 'Failed', content }))
}

function send(response, { status, headers: own, body }) {
  if (!response.destroyed) response.writeHead(status, { ...headers, ...own }).end(body)
}
