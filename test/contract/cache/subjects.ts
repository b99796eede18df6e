import { describe } from 'vitest'

import { type Cache, type CacheOptions, createCache } from '../../../src/index.ts'
import { everyPlace } from '../../support/places.ts'
import { freshPrefix } from '../../support/redis.ts'

/** Makes a cache with keys that nobody else has. */
export type Open = (options?: CacheOptions) => Cache

/** Declares the same tests for every place, or those that are named; what they open is closed at their end. */
export function describeCaches(name: string, body: (open: Open) => void, only?: readonly string[]): void {
  const places = everyPlace(1).filter((place) => only?.includes(place.name) ?? true)
  describe.each(places)(`${name}: $name`, ({ prepare }) => {
    const place = prepare()
    body((options) => createCache({ ...place(), keyPrefix: freshPrefix(), ...options }))
  })
}
