import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

import { createCache } from 'everwarm'

import { createJournal } from './journal.mjs'
import { startOwnRedis } from './own-redis.mjs'
import { counterRoutes } from './pages/counter.mjs'
import { keysRoutes } from './pages/keys.mjs'
import { outageRoutes } from './pages/outage.mjs'
import { rushRoutes } from './pages/rush.mjs'
import { wordsRoutes } from './pages/words.mjs'
import { html } from './view/html.mjs'
import { layout, live } from './view/layout.mjs'

const host = '127.0.0.1'
const mostFormBytes = 64 * 1024

const routes = { ...wordsRoutes, ...rushRoutes, ...counterRoutes, ...keysRoutes, ...outageRoutes }

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
  'referrer-policy': 'no-referrer',
}

/** Starts the demo; where the port is taken, on any free one, as for port 0. @throws OptionError for a location that cannot be */
export async function startDemo({ location, port, ownRedis: wantsOwnRedis }) {
  const ownRedis = wantsOwnRedis ? await startOwnRedis() : undefined
  const cache = createCache(ownRedis?.url ?? location, { keyPrefix: 'everwarm-demo' })
  const context = { cache, journal: createJournal(cache), store: describeStore(ownRedis?.url ?? location, ownRedis) }
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
  if (request.method === 'POST' && !isOurs(request)) return page(403, html`<p>This form is not of this site.</p>`)

  const form = request.method === 'POST' ? await readForm(request) : undefined
  const { redirect, ...shown } = await routes[name]({ ...context, query: url.searchParams, form })
  if (redirect !== undefined) return { status: 303, headers: { location: redirect }, body: '' }
  return page(200, layout(context, { path: url.pathname, ...shown }))
}

/** No other site's page can press the buttons of this one. */
function isOurs(request) {
  return ['same-origin', 'none', undefined].includes(request.headers['sec-fetch-site'])
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

function page(status, markup) {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: String(markup) }
}

function missing(context) {
  const content = html`<h1>No such page</h1>
    <p><a href="/">Back to the slow page</a></p>`
  return page(404, layout(context, { path: '', title: 'No such page', content }))
}

function failed(context, error) {
  console.error(error)
  const content = html`<h1>That went wrong</h1>
    <p>The demo itself failed; its terminal says why.</p>`
  return page(500, layout(context, { path: '', title: 'Failed', content }))
}

function send(response, { status, headers: own, body }) {
  if (!response.destroyed) response.writeHead(status, { ...headers, ...own }).end(body)
}
