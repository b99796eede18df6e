import { describe, expect, it } from 'vitest'

import { Breaker, type BreakerState } from '../../../src/redis/breaker.ts'

const settings = { failureRatio: 0.5, windowMs: 2000, minimumCalls: 10 }

function breaker(): { it: Breaker; states: BreakerState[] } {
  const states: BreakerState[] = []
  return { it: new Breaker(settings, (state) => states.push(state)), states }
}

function record(to: Breaker, ok: boolean, { times, at }: { times: number; at: number }): void {
  for (let call = 0; call < times; call++) to.record(ok, to.epoch, at)
}

/** One that lets trials through. */
function halfOpen(): Breaker {
  const { it: made } = breaker()
  made.trip()
  made.admitTrials()
  return made
}

describe('a closed breaker', () => {
  it('stays closed however few calls fail', () => {
    const { it: made } = breaker()

    record(made, false, { times: 9, at: 0 })

    expect(made.state).toBe('closed')
    expect(made.admits()).toBe(true)
  })

  it('opens when half of enough calls have failed', () => {
    const { it: made, states } = breaker()

    record(made, true, { times: 9, at: 0 })
    record(made, false, { times: 9, at: 500 })

    expect(states).toEqual(['open'])
    expect(made.admits()).toBe(false)
  })

  it('stays closed while less than half fail', () => {
    const { it: made } = breaker()

    for (let at = 0; at < 100_000; at += 10) {
      record(made, true, { times: 2, at })
      record(made, false, { times: 1, at })
    }

    expect(made.state).toBe('closed')
  })

  it('forgets what was longer ago than its window', () => {
    const { it: made } = breaker()

    record(made, false, { times: 9, at: 0 })
    record(made, false, { times: 9, at: 2001 })

    expect(made.state).toBe('closed')
  })

  it('is not kept closed by a good past', () => {
    const { it: made } = breaker()

    record(made, true, { times: 10_000, at: 0 })
    record(made, false, { times: 10, at: 2001 })

    expect(made.state).toBe('open')
  })
})

describe('an open breaker', () => {
  it('learns nothing from calls that began before it opened', () => {
    const { it: made, states } = breaker()
    const { epoch } = made
    made.trip()
    made.admitTrials()

    for (let call = 0; call < 10; call++) made.record(false, epoch, 0)

    expect(states).toEqual(['open', 'half-open'])
  })
})

describe('a half-open breaker', () => {
  it('lets five calls through at once and no more', () => {
    const made = halfOpen()

    expect(Array.from({ length: 7 }, () => made.admits())).toEqual([true, true, true, true, true, false, false])
  })

  it('closes when three calls have succeeded', () => {
    const made = halfOpen()

    for (let call = 0; call < 3; call++) {
      expect(made.admits()).toBe(true)
      made.record(true, made.epoch, 0)
    }

    expect(made.state).toBe('closed')
  })

  it('opens again when one call fails', () => {
    const made = halfOpen()
    made.admits()

    made.record(false, made.epoch, 0)

    expect(made.state).toBe('open')
  })

  it('goes on trying after calls that tell nothing', () => {
    const made = halfOpen()

    for (let call = 0; call < 50; call++) {
      expect(made.admits()).toBe(true)
      made.record(undefined, made.epoch, 0)
    }

    expect(made.state).toBe('half-open')
  })
})
