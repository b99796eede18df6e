import { type Caches, cachesOf } from '../cache/create-cache.ts'
import type { Store } from '../stores/store.ts'
import { cacheOfAlias } from './alias.ts'
import { checkDjangoOptions, type DjangoCachesOptions, globalsOf } from './options.ts'
import { sectionOf } from './section.ts'

/**
 * The caches of a Django site, out of its setting CACHES as JSON: they read and write the same keys and bytes. Nothing
 * is connected before the first call.
 *
 * @throws OptionError naming the setting, such as `CACHES["default"]["OPTIONS"]["SERIALIZER"]`, and what is known there.
 */
export function djangoCaches<Alias extends string>(
  settings: Readonly<Record<Alias, object>>,
  options: DjangoCachesOptions = {},
): Caches<Alias> {
  const { dict } = sectionOf('CACHES', settings)
  checkDjangoOptions(options)
  const globals = globalsOf(options)
  const memories = new Map<string, Store>()
  return cachesOf(dict as Readonly<Record<Alias, unknown>>, (alias, given) =>
    cacheOfAlias({ alias: sectionOf(`CACHES["${alias}"]`, given), globals, options, memories }),
  )
}
