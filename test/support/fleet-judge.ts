import { expect } from 'vitest'

import type { Sent, Visitor } from './fleet-load.ts'
import type { Framework, Site } from './fleet-site.ts'

/** Of the caches of sites whose Redis is to fail. */
export const deadlineMs = 1000

/** How many answers come before the fault of a test. */
export const calm = 100

/**
 * Each answered in time, with what it was asked or 503, and nobody's cookie is taken away or exchanged. What the slowest
 * of the calm answers took is what this machine adds at the moment.
 */
export function expectInTime(sent: readonly Sent[]): void {
  const statuses = new Set(sent.map(({ status }) => status))
  const own = Math.max(...sent.slice(0, calm).map(durationOf))
  const slow = sent.map(durationOf).filter((ms) => ms > deadlineMs * 1.2 + own)
  const exchanged = sent.filter(({ cookie, visitor }) => cookie !== undefined && cookie !== visitor.cookie)

  expect([...statuses].toSorted((a, b) => a - b)).toEqual([200, 503])
  expect(slow).toEqual([])
  expect(exchanged).toEqual([])
}

/** Everybody is logged in. Answers what was answered with 200 and is not in the session all the same. */
export async function missingOf(site: Site, visitors: readonly Visitor[], sent: readonly Sent[]): Promise<Sent[]> {
  const missing = visitors.map(async (visitor) => {
    const { body } = await site.ask('/read', { cookie: visitor.cookie })
    expect(body.user).toBe(visitor.user)
    return sent.filter((each) => each.visitor === visitor && each.status === 200 && body.data?.[each.field] !== true)
  })
  return (await Promise.all(missing)).flat()
}

export function figures(framework: Framework, sent: readonly Sent[]): string {
  const failed = sent.filter(({ status }) => status === 503).length
  const longest = Math.round(Math.max(...sent.map(durationOf)))
  return `${framework}: ${sent.length} requests, ${failed} of them 503, the longest took ${longest} ms`
}

function durationOf({ sentAt, endedAt }: Sent): number {
  return endedAt - sentAt
}
