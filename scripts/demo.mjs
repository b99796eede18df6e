/**
 * A small web application that shows what this library does: `npm run demo`, on the memory of its own process,
 * `npm run demo -- redis://127.0.0.1:6379/1` (or `REDIS_URL`) on Redis, `npm run demo -- --own-redis` on a throw-away one.
 */
import { parseArgs } from 'node:util'

import { show } from './run.mjs'

const usage = 'npm run demo -- [redis://host:port/database | --own-redis] [--port 3000] [--no-build]'
const usualPort = 3000

process.exitCode = await main()

async function main() {
  const wish = readWish()
  if (wish.problem !== undefined) return refuse(`${wish.problem}\nHow to start it: ${usage}`)
  if (wish.build) {
    console.log('Building dist (--no-build leaves it as it is)')
    const code = await show(process.execPath, ['scripts/build.mjs'])
    if (code !== 0) return code
  }
  try {
    await start(wish)
    return 0
  } catch (error) {
    return refuse(error.message)
  }
}

function readWish() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { port: { type: 'string' }, 'own-redis': { type: 'boolean' }, 'no-build': { type: 'boolean' } },
    })
    return checked(values, positionals)
  } catch (error) {
    return { problem: error.message }
  }
}

function checked(values, [location, ...more]) {
  const port = Number(values.port ?? (process.env.PORT || usualPort))
  const ownRedis = values['own-redis'] === true
  if (more.length > 0) return { problem: 'One location at most can be given.' }
  if (ownRedis && location !== undefined) return { problem: 'Give either a location or --own-redis, not both.' }
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    return { problem: 'The port is expected to be a number from 0 (any free one) to 65535.' }
  return {
    port,
    ownRedis,
    location: location ?? (process.env.REDIS_URL || 'memory:'),
    build: values['no-build'] !== true,
  }
}

async function start({ location, port, ownRedis }) {
  const { startDemo } = await import('../examples/demo/server.mjs')
  const demo = await startDemo({ location, port, ownRedis })
  if (port !== 0 && demo.port !== port) console.log(`Port ${port} is taken, so this is on a free one.`)
  if (demo.problem !== undefined)
    console.log(`${demo.problem}\nThe demo starts all the same and shows what that means.`)
  console.log(`The everwarm demo is at ${demo.url} on ${demo.store}; Ctrl-C stops it.`)
  stopOnSignal(demo)
}

function stopOnSignal(demo) {
  let stopping = false
  const stop = async () => {
    if (stopping) process.exit(1)
    stopping = true
    await demo.close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop())
}

function refuse(message) {
  console.error(message)
  return 1
}
