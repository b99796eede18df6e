import type { DeadlineOption } from '../base/duration.ts'
import { checkFlag, checkInteger } from '../base/options.ts'
import { answeredBefore } from '../stores/partial.ts'
import type { Store } from '../stores/store.ts'
import { type CallOptions, checkCall, type Core, storeOf } from './core.ts'

/** Of what walks over keys. The deadline is that of each step. */
export interface WalkOptions extends CallOptions {
  /** About how many keys the server looks at in one step. @defaultValue 500 */
  readonly batch?: number
}

/** Of `deletePattern`. */
export interface DeletePatternOptions extends WalkOptions {
  /** Told after each step how many were deleted so far. */
  readonly onProgress?: (deleted: number) => void
}

/** Of `clear`. */
export interface ClearOptions extends DeadlineOption {
  /** Empties the whole database, whoever wrote the keys: FLUSHDB. @defaultValue false: the keys of this prefix */
  readonly everything?: boolean
}

const usualBatch = 500

/** The user's keys that match; one that lives through the whole walk comes at least once and may come twice. */
export function walkKeys(core: Core, pattern: string, options?: WalkOptions): AsyncGenerator<string, void, undefined> {
  return walk(core, 'iterKeys', pattern, options)
}

export async function listKeys(core: Core, pattern: string, options?: WalkOptions): Promise<string[]> {
  const keys = new Set<string>()
  for await (const key of walk(core, 'keys', pattern, options)) keys.add(key)
  return [...keys]
}

async function* walk(
  core: Core,
  operation: string,
  pattern: string,
  options?: WalkOptions,
): AsyncGenerator<string, void, undefined> {
  checkCall(operation, options, ['batch', 'version', 'deadline'])
  const glob = core.keys.pattern(pattern, options?.version)
  for await (const page of pagesOf(core, operation, storeOf(core, options).scan(glob, batchOf(options)))) {
    for (const wireKey of page) yield core.keys.user(wireKey)
  }
}

/** Deletes page by page; how many were there. */
export async function deleteMatching(core: Core, pattern: string, options?: DeletePatternOptions): Promise<number> {
  checkCall('deletePattern', options, ['batch', 'onProgress', 'version', 'deadline'])
  const glob = core.keys.pattern(pattern, options?.version)
  return deleteGlob(core, 'deletePattern', glob, options)
}

export async function clearKeys(core: Core, options?: ClearOptions): Promise<void> {
  checkCall('clear', options, ['everything', 'deadline'])
  if (options?.everything !== undefined) checkFlag(options.everything, 'everything')
  if (options?.everything !== true) return void (await deleteGlob(core, 'clear', core.keys.everything(), options))
  const store = storeOf(core, options)
  core.flights.overtakeMatching('*')
  try {
    await store.flush()
  } catch (error) {
    core.monitor.answer('clear', error, undefined)
  }
}

async function deleteGlob(
  core: Core,
  operation: string,
  glob: string,
  options?: DeletePatternOptions,
): Promise<number> {
  const store = storeOf(core, options)
  const pages = pagesOf(core, operation, store.scan(glob, batchOf(options)))
  core.flights.overtakeMatching(glob)
  let deleted = 0
  for await (const page of pages) {
    const { count, isWhole } = await deletePage(core, operation, store, page)
    deleted += count
    // What comes behind would only cost a deadline for each page.
    if (!isWhole) break
    options?.onProgress?.(deleted)
  }
  return deleted
}

interface Deleted {
  readonly count: number
  /** Not when some of it failed and failures are ignored. */
  readonly isWhole: boolean
}

async function deletePage(core: Core, operation: string, store: Store, page: readonly string[]): Promise<Deleted> {
  try {
    return { count: await store.delete(page), isWhole: true }
  } catch (error) {
    return core.monitor.answer(operation, error, { count: answeredBefore(error).deleted ?? 0, isWhole: false })
  }
}

/** The pages, until one fails and that is ignored. What those do who get them is none of the store's failures. */
async function* pagesOf(
  core: Core,
  operation: string,
  scan: AsyncIterable<readonly string[]>,
): AsyncGenerator<readonly string[], void, undefined> {
  const pages = scan[Symbol.asyncIterator]()
  try {
    for (;;) {
      const page = await nextOf(core, operation, pages)
      if (page === undefined) return
      yield page
    }
  } finally {
    await pages.return?.()
  }
}

async function nextOf(
  core: Core,
  operation: string,
  pages: AsyncIterator<readonly string[]>,
): Promise<readonly string[] | undefined> {
  try {
    const page = await pages.next()
    return page.done === true ? undefined : page.value
  } catch (error) {
    return core.monitor.answer(operation, error, undefined)
  }
}

function batchOf(options: WalkOptions | undefined): number {
  return options?.batch === undefined ? usualBatch : checkInteger(options.batch, [1, 1_000_000], 'batch')
}
