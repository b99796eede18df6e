import { setTimeout as sleep } from 'node:timers/promises'

import { now } from './asking.mjs'

const tickMs = 10
/** Infinity does not come through to the parent. */
const never = 1e9

/** Counts and times calls, and knows when this process itself stood still meanwhile. */
export function createMeter({ boundMs }) {
  const failed = {}
  const complaints = []
  const successes = []
  const stalls = []
  const underWay = new Set()
  let [calls, answered, slowestMs, late, unhandled] = [0, 0, 0, 0, 0]
  let isWatched = ({ touched }) => touched.length > 0

  let expected = Infinity

  function begin() {
    expected = now() + tickMs
    setInterval(() => {
      const endedAt = now()
      if (endedAt - expected > tickMs) stalls.push({ endedAt, ms: endedAt - expected })
      expected = endedAt + tickMs
    }, tickMs).unref()
  }

  function stalledBefore(from, to) {
    const within = stalls.filter(({ endedAt }) => from < endedAt && endedAt <= to)
    return within.reduce((sum, stall) => sum + stall.ms, 0)
  }

  function timed({ kind }, begun) {
    const ended = now()
    const ms = ended - begun
    slowestMs = Math.max(slowestMs, ms)
    if (ms <= boundMs) return
    // The clock of a process that gets no time goes on: what it stood still during the call is not the call's doing.
    const stalledMs = stalledBefore(begun, ended) + Math.max(0, ended - expected)
    if (ms - stalledMs <= boundMs) return
    late += 1
    complaints.push(
      `${kind} took ${Math.round(ms)} ms, in which the process stood still for ${Math.round(stalledMs)} ms`,
    )
  }

  async function run(call, begun) {
    try {
      await call.run()
      answered += 1
      if (isWatched(call)) successes.push(now())
    } catch (error) {
      const code = String(error.code ?? error.name)
      failed[code] = (failed[code] ?? 0) + 1
      if (error.code === undefined) complaints.push(String(error.stack))
    } finally {
      timed(call, begun)
    }
  }

  return {
    begin,
    measure: (call) => {
      calls += 1
      const running = run(call, now()).finally(() => underWay.delete(running))
      underWay.add(running)
      return running
    },
    watch: (isThat) => {
      isWatched = isThat
    },
    unhandled: (error) => {
      unhandled += 1
      complaints.push(`unhandled: ${error?.stack ?? error}`)
    },
    /** Waits for what is under way; what takes far longer than it may hangs, and is counted so. */
    drained: () => Promise.race([Promise.all(underWay), sleep(boundMs * 3, undefined, { ref: false })]),
    report: (marks) => ({
      calls,
      answered,
      failed,
      slowestMs,
      late,
      unhandled,
      errors: complaints.slice(0, 10),
      stallMs: Math.max(0, ...stalls.map(({ ms }) => ms)),
      firsts: marks.map((mark) => {
        const first = successes.find((at) => at >= mark)
        if (first === undefined) return { ms: never, awakeMs: never }
        return { ms: first - mark, awakeMs: first - mark - stalledBefore(mark, first) }
      }),
      hung: underWay.size,
    }),
  }
}
