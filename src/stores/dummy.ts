import type { Bytes } from '../base/bytes.ts'
import { OptionError } from '../errors.ts'
import type { Store, StoreStats, Swap, Write } from './store.ts'

/**
 * Takes everything and keeps nothing, as Django's dummy backend: reads miss and writes answer that they were done, so
 * that a program in development runs as with a cache that is always empty. Nothing is checked; closing it does nothing.
 */
export function dummyStore(): Store {
  return new DummyStore()
}

class DummyStore implements Store {
  async get(): Promise<Bytes | undefined> {
    return undefined
  }

  async getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    return keys.map(() => undefined)
  }

  /** Only a key that has to be there already is refused: none is. */
  async set(_key: string, _value: Bytes, { when }: Write): Promise<boolean> {
    return when !== 'present'
  }

  async setMany(): Promise<void> {}

  async remove(): Promise<boolean> {
    return false
  }

  async swap(): Promise<Swap> {
    return 'missing'
  }

  async delete(): Promise<number> {
    return 0
  }

  async has(): Promise<boolean> {
    return false
  }

  async add(_key: string, delta: bigint, create?: Write): Promise<bigint | undefined> {
    return create === undefined ? undefined : delta
  }

  async move(): Promise<boolean> {
    return false
  }

  async ttl(): Promise<undefined> {
    return undefined
  }

  async expire(): Promise<boolean> {
    return false
  }

  async expireAt(): Promise<boolean> {
    return false
  }

  async persist(): Promise<boolean> {
    return false
  }

  async *scan(): AsyncGenerator<readonly string[], void, undefined> {}

  async flush(): Promise<void> {}

  async connect(): Promise<void> {}

  async close(): Promise<void> {}

  async raw(): Promise<unknown> {
    const expected = 'expected a location with a client, such as redis://localhost:6379'
    throw new OptionError('location', `raw: ${expected}, got dummy:, which has none`)
  }

  within(): Store {
    return this
  }

  stats(): StoreStats {
    return { store: 'dummy' }
  }
}
