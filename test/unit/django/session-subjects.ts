import { cacheOf } from '../../../src/cache/create-cache.ts'
import { type CacheConfig, resolveCacheOptions } from '../../../src/cache/options.ts'
import { pickle } from '../../../src/codecs/index.ts'
import type { DjangoSessionSettings } from '../../../src/django/session-settings.ts'
import { type DjangoSessions, djangoSessions, type DjangoSessionsOptions } from '../../../src/django/sessions.ts'
import type { Cache } from '../../../src/index.ts'
import type { Commit } from '../../../src/sessions/commit.ts'
import type { Session } from '../../../src/sessions/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'

export const start: number = Date.parse('2026-01-01T00:00:00Z')

export const cacheEngine = 'django.contrib.sessions.backends.cache'
export const cachedDbEngine = 'django.contrib.sessions.backends.cached_db'

/** A site's sessions in memory, on a clock that is moved by hand. */
export interface Subject {
  readonly clock: { time: number; now(): number }
  readonly cache: Cache
  readonly sessions: DjangoSessions
  /** A session that Django has stored, or what it is to find there. */
  put(key: string, dict: unknown): Promise<unknown>
  /** What Django reads. */
  stored(key: string | undefined): Promise<unknown>
  /** Loads by this key. */
  load(key?: string): Promise<Session>
  respond(session: Session, status?: number): Promise<Commit>
  /** Whether there is such a record, as Django's `exists` asks. */
  exists(key: string | undefined): Promise<boolean>
}

export function openSite(
  settings: Partial<DjangoSessionSettings> = {},
  options: Partial<DjangoSessionsOptions> = {},
  openCache: (config: CacheConfig, clock: Subject['clock']) => Cache = inMemory,
): Subject {
  const clock = { time: start, now: () => clock.time }
  const cache = openCache(resolveCacheOptions({ serializer: pickle({ unknown: 'error' }) }), clock)
  const engine = settings.SESSION_ENGINE ?? cacheEngine
  const prefix = `django.contrib.sessions.${engine.split('.').at(-1)}`
  const sessions = djangoSessions(
    { SESSION_ENGINE: cacheEngine, SECRET_KEY: 'django_tests_secret_key', ...settings },
    { caches: { default: cache }, clock, ...options },
  )
  return {
    clock,
    cache,
    sessions,
    put: (key, dict) => cache.set(prefix + key, dict, { timeout: '14d' }),
    stored: (key) => cache.get(prefix + String(key)),
    load: (key) => sessions.load(key === undefined ? undefined : `sessionid=${key}`),
    respond: (session, status = 200) => sessions.commit(session, { status, secure: false }),
    exists: (key) => cache.has(prefix + String(key)),
  }
}

export function inMemory(config: CacheConfig, clock: Subject['clock']): Cache {
  return cacheOf(config, memoryStore({ clock }))
}

export const ada = { id: 7, password: 'pbkdf2_sha256$260000$salt$hash-of-ada' }
export const bob = { id: 8, password: 'pbkdf2_sha256$260000$salt$hash-of-bob' }

/** A key such as Django makes. */
export const someKey = 'abcdefghijklmnopqrstuvwxyz012345'

/** The key that a `Set-Cookie` hands out; `''` when it takes the cookie away. */
export function keyIn({ setCookie }: Commit): string | undefined {
  return setCookie?.split(';')[0]?.split('=')[1]
}
