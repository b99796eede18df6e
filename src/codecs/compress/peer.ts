import { OptionError } from '../../errors.ts'
import type { MaybePromise } from '../codec.ts'

/**
 * An optional package, imported when it is first needed and answered at once from then on.
 *
 * @throws OptionError that says what to install
 */
export function lazyPeer<T>(name: string, load: () => Promise<T>): () => MaybePromise<T> {
  let loaded: { readonly peer: T } | undefined
  let loading: Promise<T> | undefined

  const start = async (): Promise<T> => {
    try {
      const peer = await load()
      loaded = { peer }
      return peer
    } catch (cause) {
      // Forgotten, so that the next call looks again.
      loading = undefined
      throw new OptionError('compressor', reasonOf(name, cause), cause)
    }
  }
  return () => {
    if (loaded !== undefined) return loaded.peer
    loading ??= start()
    return loading
  }
}

function reasonOf(name: string, cause: unknown): string {
  return isMissing(name, cause)
    ? `this compressor needs the package "${name}", which is missing: npm install ${name}`
    : `the package "${name}" is there and does not load on this system (its error is the cause): npm install ${name}`
}

/** Of another missing module, such as a package's own binary, the message names that one. */
function isMissing(name: string, cause: unknown): boolean {
  if (!(cause instanceof Error) || !('code' in cause)) return false
  return cause.code === 'ERR_MODULE_NOT_FOUND' && cause.message.includes(`'${name}'`)
}
