import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { counters } from './load.mjs'

const names = ['a', 'b']
const rate = 250
export const deadlineMs = 1000

const processes = new Set()
// One that is stuck does not notice that nobody asks any more.
process.on('exit', () => {
  for (const child of processes) child.kill('SIGKILL')
})

/** Lets one scenario happen to two processes. Resolves to what they saw. */
export async function play(scenario, seconds) {
  const stage = await scenario.open()
  const children = []
  try {
    children.push(...(await Promise.all(names.map((name) => startChild(name, stage.location)))))
    const all = (question, args) => Promise.all(children.map((child) => child.ask(question, args)))
    return summed(await storm(scenario, stage, all, seconds))
  } finally {
    for (const child of children) child.end()
    await stage.close()
  }
}

async function storm(scenario, stage, all, seconds) {
  const ms = seconds * 1000
  const ends = performance.now() + ms
  await all('start')
  await sleep(ms * 0.3)
  await all('heap')
  if (scenario.watch !== undefined) await all('watch', scenario.watch())
  const marks = await scenario.happen(stage, Math.max(ms * 0.27, deadlineMs * 1.5))
  await all('heap')
  await sleep(Math.max(ends - performance.now(), deadlineMs * 1.5))
  await all('stop')
  return all('report', { marks })
}

async function startChild(name, location) {
  const others = names.filter((other) => other !== name)
  const child = fork(fileURLToPath(new URL('child.mjs', import.meta.url)), {
    env: { ...process.env, WEATHER: JSON.stringify({ name, others, location, rate, deadlineMs }) },
    execArgv: ['--expose-gc'],
  })
  processes.add(child)
  const waiting = new Map()
  child.on('message', ({ id, answer, error }) => {
    const promise = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) promise?.resolve(answer)
    else promise.reject(new Error(`Process ${name}: ${error}`))
  })
  child.once('exit', (code) => {
    processes.delete(child)
    for (const { reject } of waiting.values()) reject(new Error(`Process ${name} ended with ${code}`))
  })
  const gone = once(child, 'exit').then(() => {
    throw new Error(`Process ${name} did not start`)
  })
  await within(Promise.race([once(child, 'message'), gone]), `process ${name} to start`)
  gone.catch(() => undefined)
  let last = 0
  const ask = (question, args) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject })
      child.send({ id: last, question, ...args })
    })
  return {
    ask: (question, args) => within(ask(question, args), `process ${name} to ${question}`),
    end: () => child.kill('SIGKILL'),
  }
}

/** Nothing here takes as long as this. */
function within(work, what) {
  const patienceMs = 45_000
  const late = sleep(patienceMs, undefined, { ref: false }).then(() => {
    throw new Error(`Waited ${patienceMs} ms for ${what}`)
  })
  return Promise.race([work, late])
}

/** What both saw together. */
function summed(reports) {
  const sum = (fact) => reports.reduce((total, report) => total + report[fact], 0)
  const most = (fact) => Math.max(...reports.map((report) => report[fact]))
  const failed = {}
  for (const [code, count] of reports.flatMap((report) => Object.entries(report.failed))) {
    failed[code] = (failed[code] ?? 0) + count
  }
  const counted = counters.map((key) => countOf(key, reports))
  return {
    calls: sum('calls'),
    answered: sum('answered'),
    failed,
    slowestMs: most('slowestMs'),
    stallMs: most('stallMs'),
    late: sum('late'),
    hung: sum('hung'),
    unhandled: sum('unhandled'),
    firsts: reports.flatMap(({ firsts }) => firsts.toSorted((a, b) => b.ms - a.ms).slice(0, 1)),
    wrong: sum('wrong') + counted.filter(({ tooMany }) => tooMany > 0).length,
    lost: sum('lost') + counted.reduce((total, { tooFew }) => total + tooFew, 0),
    heaps: reports.map(({ heap }) => heap),
    heapGrowth: Math.max(...reports.map(({ heap: [before, ...after] }) => Math.max(...after) - before)),
    notes: reports
      .flatMap((report) => [...report.complaints, ...report.errors])
      .concat(counted.flatMap(({ note }) => note)),
    stats: reports.map((report) => report.stats),
  }
}

/** A counter has what was acknowledged, and at most what was of unknown outcome besides. */
function countOf(key, reports) {
  const [{ sums }] = reports
  const found = Number(sums[key] ?? 0)
  const done = reports.reduce((total, { counts }) => total + counts[key].done, 0)
  const unknown = reports.reduce((total, { counts }) => total + counts[key].unknown, 0)
  const tooMany = Math.max(0, found - done - unknown)
  const tooFew = Math.max(0, done - found)
  const note = tooMany + tooFew > 0 ? [`${key} is ${found} with ${done} acknowledged and ${unknown} unknown`] : []
  return { tooMany, tooFew, note }
}
