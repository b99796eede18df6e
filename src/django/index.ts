/**
 * The caches and sessions of a Django site, out of its own settings: the same keys, the same bytes.
 *
 * ```ts
 * import { djangoCaches, djangoSessions } from 'everwarm/django'
 * ```
 *
 * @module
 */

export type { DjangoFormats } from './formats.ts'
export { djangoJson, type DjangoJsonOptions } from './json.ts'
export type { DjangoCachesOptions } from './options.ts'
export type { DjangoUser } from './session-auth.ts'
export type { DjangoSessionSettings } from './session-settings.ts'
export { type DjangoSessions, djangoSessions, type DjangoSessionsOptions } from './sessions.ts'
export { djangoCaches } from './settings.ts'
