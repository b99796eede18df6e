import { afterAll, inject } from 'vitest'

import type { CacheOptions } from '../../src/index.ts'
import { clientKinds, type Form, type Made, type Site } from './clients.ts'
import type { SharedName } from './offer-servers.ts'
import { sharedServers } from './shared-servers.ts'

/** Somewhere that a cache can be, and whose promises must hold alike. */
export interface Place {
  readonly name: string
  /** Called in a describe block: the options of a cache there, once its tests run. */
  readonly prepare: () => () => CacheOptions
}

/** Where a location leads on servers that all files share: nobody may flush them. */
export const sharedPlaces: readonly Place[] = [
  shared('TLS'),
  shared('a user of the ACL'),
  shared('a unix socket'),
  shared('replicas', { readYourWrites: '10s' }),
  shared('Sentinels'),
  shared('a Cluster'),
]

/** Every place, the single server's and the shards' with databases of the caller's own. */
export function everyPlace(database: number): readonly Place[] {
  return [
    { name: 'memory', prepare: () => () => ({ location: 'memory:' }) },
    { name: 'redis', prepare: () => () => ({ location: `${inject('redisUrl')}/${database}` }) },
    { name: 'shards', prepare: () => () => ({ location: shards(database), shards: true }) },
    ...sharedPlaces,
    ...handedIn('one server', () => {
      const url = `${inject('redisUrl')}/${database}`
      return () => ({ url, ports: [] })
    }),
    ...handedIn('Sentinels', () => sharedSite('Sentinels')),
    ...handedIn('a Cluster', () => sharedSite('a Cluster')),
  ]
}

/** Two databases of one server are two shards. */
function shards(database: number): string[] {
  return [database + 4, database + 6].map((shard) => `${inject('redisUrl')}/${shard}`)
}

function shared(name: SharedName, options: CacheOptions = {}): Place {
  return {
    name,
    prepare: () => {
      const servers = sharedServers(name)
      return () => {
        const { location, tls, sentinelPassword } = servers()
        const sentinel = sentinelPassword === undefined ? {} : { sentinel: { password: sentinelPassword } }
        return { location, ...(tls === undefined ? {} : { tls: { ...tls } }), ...sentinel, ...options }
      }
    },
  }
}

function sharedSite(name: SharedName): () => Site {
  const servers = sharedServers(name)
  return () => ({ url: '', ports: [], ...servers() })
}

/** One client for all caches of a describe block: the user's own way. */
function handedIn(form: Form, prepareSite: () => () => Site): Place[] {
  return Object.entries(clientKinds[form]).map(([library, make]) => ({
    name: `${form} by ${library}`,
    prepare: () => {
      const site = prepareSite()
      let made: Made | undefined
      afterAll(() => made?.close())
      return () => ({ client: (made ??= make(site())).client })
    },
  }))
}
