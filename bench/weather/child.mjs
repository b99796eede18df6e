/**
 * One process under load: told in `WEATHER` where Redis is, it makes its calls and looks at each answer. Its parent asks for
 * what it has seen.
 */
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

import { createCache } from 'everwarm'

import { slotOf } from '../../dist/redis/slots.js'
import { now } from './asking.mjs'
import { counters, createLoad } from './load.mjs'
import { createMeter } from './meter.mjs'

const { name, others, location, rate, deadlineMs } = JSON.parse(process.env.WEATHER)
const cache = createCache({ location, keyPrefix: 'weather', deadline: deadlineMs / 1000 })
const load = createLoad({ cache, name, others })
const meter = createMeter({ boundMs: deadlineMs * 1.2 })
const heap = []
let timer

const answers = {
  start,
  heap: () => {
    globalThis.gc()
    heap.push(process.memoryUsage().heapUsed)
  },
  watch: ({ writes, slots }) => {
    const isThere = (slot) => slots.some(([first, last]) => first <= slot && slot <= last)
    meter.watch(({ touched, isWrite }) => {
      if (touched.length === 0 || (writes === true && isWrite !== true)) return false
      return slots === undefined || touched.some((key) => isThere(slotOf(cache.makeKey(key))))
    })
  },
  stop: async () => {
    clearInterval(timer)
    await meter.drained()
  },
  report: async ({ marks }) => {
    await patiently(() => load.readAll())
    const sums = await patiently(() => cache.getMany(counters))
    answers.heap()
    const stats = cache.stats().store
    await cache.close()
    return { ...meter.report(marks), ...load.report(), heap, stats, sums: Object.fromEntries(sums) }
  },
}

process.on('unhandledRejection', (error) => meter.unhandled(error))
process.on('uncaughtException', (error) => meter.unhandled(error))
process.on('disconnect', () => process.exit())
process.on('message', ({ id, question, ...args }) => {
  void answer(id, question, args)
})
await patiently(() => cache.connect()).catch((error) => {
  console.error(error)
  process.exit(1)
})
// Code that runs for the first time is slow, whatever the weather.
for (let round = 0; round < 50; round += 1)
  await Promise.all(
    Array.from({ length: 20 }, () =>
      load
        .next()
        .run()
        .catch(() => undefined),
    ),
  )
process.send({ ready: true })

async function answer(id, question, args) {
  try {
    process.send({ id, answer: (await answers[question](args)) ?? {} })
  } catch (error) {
    process.send({ id, error: `${question}: ${error.stack}` })
  }
}

/** So many calls a second by the clock: a process that was held up makes up for it. */
function start() {
  const begun = now()
  let made = 0
  meter.begin()
  timer = setInterval(() => {
    const due = ((now() - begun) * rate) / 1000
    for (; made < due; made += 1) void meter.measure(load.next())
  }, 2)
}

async function patiently(work) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt === 20) throw error
      await sleep(250)
    }
  }
}
