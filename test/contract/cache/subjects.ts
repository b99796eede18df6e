import { describe } from 'vitest'

import { type Cache, type CacheOptions, createCache } from '../../../src/index.ts'
import { everyPlace } from '../../support/places.ts'
import { freshPrefix } from '../../support/redis.ts'

/** Makes a cache with keys that nobody else has. */
export type Open = (options?: CacheOptions) => Cache

export interface Traits {
  /** Calls that are not awaited keep their order. node-redis' Sentinel client lends its connections, so they may overtake each other. */
  readonly isOrdered: boolean
}

/** Declares the same tests for every place, or those that are named; what they open is closed at their end. */
export function describeCaches(
  name: string,
  body: (open: Open, traits: Traits) => void,
  only?: readonly string[],
): void {
  const places = everyPlace(1).filter((place) => only?.includes(place.name) ?? true)
  describe.each(places)(`${name}: $name`, ({ name: placeName, prepare }) => {
    const place = prepare()
    const isOrdered = placeName !== 'Sentinels by node-redis'
    body((options) => createCache({ ...place(), keyPrefix: freshPrefix(), ...options }), { isOrdered })
  })
}
