import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { beforeAll, describe, expect, it } from 'vitest'

/** All of bench/weather/scenarios.mjs; `npm run weather` plays them for longer. */
const weathers = ['calm', 'stop', 'kill', 'hole', 'cut', 'slow', 'garbage', 'full', 'sentinel', 'failover', 'reshard']
const patience = 180_000
const run = promisify(execFile)

async function play(...options: string[]): Promise<string> {
  const args = ['bench/weather/run.mjs', '--seconds', '5', ...options]
  const ending: unknown = await run(process.execPath, args, { timeout: patience }).catch((error: unknown) => error)
  return String(Reflect.get(ending as object, 'stdout'))
}

describe('two processes with 250 calls a second each', () => {
  let output: string

  beforeAll(async () => {
    // A machine that has no time for one of the servers breaks promises as well, though hardly twice.
    output = await play('--at-once', '3', '--again', '--only', [...weathers, 'meddler'].join(','))
  }, patience)

  it.each(weathers)('have every promise kept to them in the weather "%s"', (name) => {
    expect(output).toMatch(new RegExp(`^ok +${name}:`, 'm'))
    expect(output).not.toContain(`BROKEN ${name}`)
  })

  it('notice values that are exchanged or lost, and a counter that is ahead', () => {
    expect(output).toMatch(/^BROKEN meddler: \d+ answers were wrong/m)
    expect(output).toMatch(/^BROKEN meddler: \d+ acknowledged writes were lost/m)
    expect(output).toMatch(/count:0 is \d+ with \d+ acknowledged and 0 unknown/)
  })
})
