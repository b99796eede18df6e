/**
 * The caches, sessions and signatures of a Django site, out of its own settings: the same keys, the same bytes.
 *
 * ```ts
 * import { djangoCaches, djangoSessions, djangoSigning } from 'everwarm/django'
 * ```
 *
 * @module
 */

export type { DjangoFormats } from './formats.ts'
export { djangoJson, type DjangoJsonOptions } from './json.ts'
export type { DjangoCachesOptions } from './options.ts'
export type { DjangoUser } from './session-auth.ts'
export type { DjangoSessionSettings } from './session-settings.ts'
export { decodeSessionText, encodeSessionText } from './session-text.ts'
export { type DjangoSessions, djangoSessions, type DjangoSessionsOptions } from './sessions.ts'
export { djangoCaches } from './settings.ts'
export type { DjangoSigningSettings } from './signing/keys.ts'
export { type DjangoSigning, djangoSigning } from './signing/signing.ts'
export type { DjangoSigningOptions } from './signing/tools.ts'
