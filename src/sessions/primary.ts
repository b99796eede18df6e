import type { Bytes } from '../base/bytes.ts'
import type { Commands } from '../stores/store.ts'

/** What a key holds on the server that takes writes, and with `withTtl` how long it lives; in one round trip. */
export async function readPrimary(
  commands: Commands,
  wire: string,
  withTtl: boolean,
): Promise<{ bytes: Bytes | undefined; ttlMs: number | null | undefined }> {
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
