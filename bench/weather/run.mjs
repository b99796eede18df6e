/**
 * Faults of every kind under steady mixed load of two processes: `npm run weather`. Ends with status 1 if a promise was broken.
 * `--only stop,kill` plays some scenarios, `--seconds 6` each for so long (30), `--at-once 4` several at a time (1);
 * `--again` gives a broken one a second chance; `--write` puts the table into docs/weather.md.
 */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

import { ensureRedis } from '../../scripts/servers.mjs'
import { broken } from './judge.mjs'
import { play } from './play.mjs'
import { controls, scenarios } from './scenarios.mjs'
import { toTable } from './table.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    only: { type: 'string' },
    'at-once': { type: 'string', default: '1' },
    again: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const wanted = values.only?.split(',')
const chosen =
  wanted === undefined ? scenarios : [...scenarios, ...controls].filter(({ name }) => wanted.includes(name))
if (chosen.length === 0) throw new Error(`--only: expected some of ${scenarios.map(({ name }) => name).join(', ')}`)

const outcomes = new Map()
const waiting = [...chosen]
const repeated = new Set()
await Promise.all(Array.from({ length: Number(values['at-once']) }, playOn))

const results = chosen.map(({ name }) => outcomes.get(name))
console.log(`\n${toTable(results)}\n`)
const failures = results.flatMap(({ name, verdicts }) => verdicts.map((verdict) => `${name}: ${verdict}`))
for (const failure of failures) console.log(`BROKEN ${failure}`)
if (values.write) await writeTable(toTable(results))
process.exitCode = failures.length === 0 ? 0 : 1
process.exit()

async function playOn() {
  for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
    const { name, title } = scenario
    const result = await play(scenario, seconds)
    const verdicts = broken(scenario, result)
    outcomes.set(name, { name, title, result, verdicts })
    console.log(`${verdicts.length === 0 ? 'ok    ' : 'BROKEN'} ${name}: ${[title, ...verdicts].join('; ')}`)
    if (verdicts.length > 0 && values.again && !repeated.has(scenario)) {
      repeated.add(scenario)
      waiting.push(scenario)
    }
    if (verdicts.length > 0 || values.verbose) for (const note of result.notes) console.log(`       ${note}`)
    if (values.verbose) console.log(JSON.stringify(result))
  }
}

/** Between the marks in the page, with what it was measured on. */
async function writeTable(table) {
  const file = new URL('../../docs/weather.md', import.meta.url)
  const page = await readFile(file, 'utf8')
  const [begin, end] = ['<!-- table -->', '<!-- end of table -->']
  const [before, after] = [page.slice(0, page.indexOf(begin)), page.slice(page.indexOf(end))]
  await writeFile(file, `${before}${begin}\n\n${where()}\n\n${table}\n\n${after}`)
}

function where() {
  const [, redis] = /v=([\d.]+)/.exec(execFileSync(ensureRedis(), ['--version'], { encoding: 'utf8' })) ?? []
  const times = `${seconds} s for each scenario`
  return `Node ${process.version}, redis-server ${redis}, ${availableParallelism()} cores for servers and processes together, ${times}:`
}
