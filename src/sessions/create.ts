import { unavailable } from './failures.ts'
import { type Fields, own } from './fields.ts'
import type { Found } from './found.ts'
import type { Host } from './state.ts'

/** A record under a key that nobody had. */
export interface Created {
  readonly key: string
  readonly found: Found
}

/** A key is never taken; what a store keeps nothing of it does not keep the third time either. */
const draws = 3

/** Stores fields under a new key. @throws SessionUnavailableError */
export async function createRecord(host: Host, fields: Fields, ttlMs: number | null): Promise<Created> {
  for (let draw = 0; draw < draws; draw++) {
    const key = host.layout.newKey()
    const found = await host.records.create(host.layout.nameOf(key), fields, ttlMs)
    if (found !== undefined) return { key, found }
  }
  throw unavailable('save', new Error('the store did not keep it; it may be too large'))
}

/** The fields of a session that begins now. Others who share the records do not note when that was. */
export function begun(host: Host, fields: Fields): Fields {
  if (host.layout.shared !== undefined) return fields
  return new Map([...fields, [own.created, host.clock.now()]])
}
