import type { Bytes } from '../base/bytes.ts'
import type { Commands, Store } from '../stores/store.ts'

/** What a key holds. `ttlMs`, when it was asked for: `null` for ever, `undefined` when the key is missing. */
export interface BytesRead {
  readonly bytes: Bytes | undefined
  readonly ttlMs: number | null | undefined
}

/** Where records are read. */
export interface Readable {
  readonly store: Store
  /** Where replicas answer the store's own reads. */
  readonly primary: Commands | undefined
}

/** What the server that takes writes says of a key, and with `withTtl` how long it lives; in one round trip. */
export function readBytes({ store, primary }: Readable, wire: string, withTtl: boolean): Promise<BytesRead> {
  if (primary !== undefined) return readPrimary(primary, wire, withTtl)
  const reading = store.get(wire)
  if (!withTtl) return reading.then(withoutTtl)
  return Promise.all([reading, store.ttl(wire)]).then(([bytes, ttlMs]) => ({ bytes, ttlMs }))
}

function withoutTtl(bytes: Bytes | undefined): BytesRead {
  return { bytes, ttlMs: undefined }
}

/** What a key holds on the server that takes writes, and with `withTtl` how long it lives; in one round trip. */
async function readPrimary(commands: Commands, wire: string, withTtl: boolean): Promise<BytesRead> {
  if (!withTtl) return { bytes: bytesOf(await commands.run('get', wire, ['GET', wire])), ttlMs: undefined }
  const [value, left] = await commands.runAll('get', wire, [
    ['GET', wire],
    ['PTTL', wire],
  ])
  return { bytes: bytesOf(value), ttlMs: ttlOf(left) }
}

function bytesOf(reply: unknown): Bytes | undefined {
  return reply instanceof Uint8Array ? reply : undefined
}

/** A `PTTL`: `null` for ever, `undefined` when the key is missing. */
export function ttlOf(reply: unknown): number | null | undefined {
  const ms = Number(reply)
  if (ms === -2) return undefined
  return ms === -1 ? null : ms
}
