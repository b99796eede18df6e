import { checkFlag, checkInteger } from '../base/options.ts'
import { checkCall, type Core, type VersionOption } from './core.ts'

/** Of what walks over keys. */
export interface WalkOptions extends VersionOption {
  /** About how many keys the server looks at in one step. @defaultValue 500 */
  readonly batch?: number
}

/** Of `deletePattern`. */
export interface DeletePatternOptions extends WalkOptions {
  /** Told after each step how many were deleted so far. */
  readonly onProgress?: (deleted: number) => void
}

/** Of `clear`. */
export interface ClearOptions {
  /** Empties the whole database, whoever wrote the keys: FLUSHDB. @defaultValue false: the keys of this prefix */
  readonly everything?: boolean
}

const usualBatch = 500

/** The user's keys that match; one that lives through the whole walk comes at least once and may come twice. */
export async function* walkKeys(
  core: Core,
  pattern: string,
  options?: WalkOptions,
): AsyncGenerator<string, void, undefined> {
  checkCall('iterKeys', options, ['batch', 'version'])
  const glob = core.keys.pattern(pattern, options?.version)
  try {
    for await (const page of core.store.scan(glob, batchOf(options))) {
      for (const wireKey of page) yield core.keys.user(wireKey)
    }
  } catch (error) {
    core.monitor.answer('iterKeys', error, undefined)
  }
}

export async function listKeys(core: Core, pattern: string, options?: WalkOptions): Promise<string[]> {
  const keys = new Set<string>()
  for await (const key of walkKeys(core, pattern, options)) keys.add(key)
  return [...keys]
}

/** Deletes page by page; how many were there. */
export async function deleteMatching(core: Core, pattern: string, options?: DeletePatternOptions): Promise<number> {
  checkCall('deletePattern', options, ['batch', 'onProgress', 'version'])
  const glob = core.keys.pattern(pattern, options?.version)
  return deleteGlob(core, 'deletePattern', glob, options)
}

export async function clearKeys(core: Core, options?: ClearOptions): Promise<void> {
  checkCall('clear', options, ['everything'])
  if (options?.everything !== undefined) checkFlag(options.everything, 'everything')
  if (options?.everything !== true) return void (await deleteGlob(core, 'clear', core.keys.everything()))
  core.flights.overtakeMatching('*')
  try {
    await core.store.flush()
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
  let deleted = 0
  core.flights.overtakeMatching(glob)
  try {
    for await (const page of core.store.scan(glob, batchOf(options))) {
      deleted += await core.store.delete(page)
      options?.onProgress?.(deleted)
    }
  } catch (error) {
    core.monitor.answer(operation, error, undefined)
  }
  return deleted
}

function batchOf(options: WalkOptions | undefined): number {
  return options?.batch === undefined ? usualBatch : checkInteger(options.batch, [1, 1_000_000], 'batch')
}
