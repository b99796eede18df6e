/**
 * One web site in several processes behind one port, each with a connection of its own to Redis. Told in `SITE` what it is
 * made with; tells its parent its address, and passes on what its workers and the parent say to each other.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import process from 'node:process'

const { framework, workers, secret, cache: options } = JSON.parse(process.env.SITE)

if (cluster.isPrimary) await lead()
else await serve()

async function lead() {
  process.on('disconnect', () => process.exit())
  process.on('message', (message) => {
    for (const worker of Object.values(cluster.workers)) worker.send(message)
  })
  cluster.on('message', (_worker, message) => process.send(message))
  cluster.on('exit', (_worker, code) => process.exit(code || 1))
  const all = Array.from({ length: workers }, () => cluster.fork())
  const addresses = await Promise.all(all.map((worker) => once(worker, 'listening')))
  process.send({ ready: { port: addresses[0][0].port, pids: all.map((worker) => worker.process.pid) } })
}

async function serve() {
  const { createCache } = await import('everwarm')
  const { createSite } = await import(`./sites/${framework}.mjs`)
  const cache = createCache(options)
  await cache.connect()
  const server = await createSite(cache, secret)
  server.prependListener('request', (_request, response) => response.setHeader('x-pid', process.pid))
  // A connection stays with its process for as long as the test keeps it.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
}
