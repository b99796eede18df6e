import { deadlineMs } from './play.mjs'

const firstWithinMs = 500
const mebibyte = 1024 * 1024
const flatWithin = 3 * mebibyte

/** The promises that were broken, one sentence each. */
export function broken(scenario, result) {
  const { late, hung, unhandled, wrong, lost, firsts, heapGrowth, failed, slowestMs } = result
  const first = Math.max(0, ...firsts.map(({ awakeMs }) => awakeMs))
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0)
  const verdicts = [
    [hung > 0, `${hung} calls never ended`],
    [late > 0, `${late} calls took more than ${deadlineMs} ms and a fifth, the slowest ${Math.round(slowestMs)} ms`],
    [unhandled > 0, `${unhandled} rejections were not handled`],
    [wrong > 0, `${wrong} answers were wrong`],
    [lost > 0 && scenario.mayLose !== true, `${lost} acknowledged writes were lost`],
    [first > firstWithinMs, `the first success came ${Math.round(first)} ms after Redis could be reached again`],
    [heapGrowth > flatWithin, `the heap grew by ${(heapGrowth / mebibyte).toFixed(1)} MiB`],
    [
      failures > 0 && !scenario.mayFail,
      `${failures} calls failed where none has to: ${Object.keys(failed).join(', ')}`,
    ],
  ]
  return verdicts.flatMap(([isBroken, sentence]) => (isBroken ? [sentence] : []))
}
