/**
 * The caches of a Django site, out of its own settings: the same keys, the same bytes.
 *
 * ```ts
 * import { djangoCaches } from 'everwarm/django'
 * ```
 *
 * @module
 */

export type { DjangoFormats } from './formats.ts'
export { djangoJson, type DjangoJsonOptions } from './json.ts'
export type { DjangoCachesOptions } from './options.ts'
export { djangoCaches } from './settings.ts'
