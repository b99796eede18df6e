/**
 * The map of this room. Reading follows `pickletools.py`: `opcodes` has its names, `machine` the stack, the marks and the memo,
 * and `read` runs, instruction by instruction, what `read-scalars`, `read-containers` and `read-objects` hold; `names` is the
 * allow list, `recipes` what its classes make of their arguments; `dicts` and `depth` decide on objects or Maps and bound
 * the nesting. Writing follows `_pickle.c`: `pickler` has its `save` and memo, `output` its frames, `write-objects` picks out
 * of `write-containers` and `write-instances` by prototype. `text` and `datetime-bytes` are the spellings of both ways.
 * The values are in `values`, `collections`, `objects`, `datetimes`, `timedelta` and `zones`.
 */

import type { Bytes } from '../../base/bytes.ts'
import type { Serializer } from '../codec.ts'
import { placed } from '../unwritable.ts'
import { op, newestProtocol } from './opcodes.ts'
import { type PickleConfig, type PickleOptions, resolvePickleOptions } from './options.ts'
import { Pickler } from './pickler.ts'
import { readPickle } from './read.ts'
import { writeObject } from './write-objects.ts'

/**
 * Python's pickle, for data alone: what Django stores is read and written as the types it came from, byte for byte as
 * CPython writes it. Nothing in a pickle is ever run; a class off the allow list is a `DecodeError` that names it.
 *
 * @throws OptionError
 */
export function pickle(options?: PickleOptions): Serializer {
  const config = resolvePickleOptions(options)
  return {
    name: 'pickle',
    serialize: (value) => writePickle(value, config),
    deserialize: (bytes) => readPickle(bytes, config),
    accepts: isPickle,
  }
}

/** How pickles of protocols 0 and 1 may begin: with a mark, a class, an empty container or a scalar. */
const starts: ReadonlySet<number> = new Set(Array.from('(]})cNIJKMLFGVXSTUBC', (letter) => letter.charCodeAt(0)))

function isPickle(bytes: Bytes): boolean {
  if (bytes[bytes.length - 1] !== op.STOP) return false
  const [first = 0, second = 0] = bytes
  return first === op.PROTO ? second <= newestProtocol : starts.has(first)
}

function writePickle(value: unknown, config: PickleConfig): Bytes {
  if (value === undefined) throw new TypeError('pickle: undefined cannot be stored; use null')
  const pickler = new Pickler(config, writeObject)
  try {
    pickler.out.byte2(op.PROTO, config.protocol)
    pickler.out.startFrames()
    pickler.save(value)
    pickler.out.byte(op.STOP)
    return pickler.out.finish()
  } catch (error) {
    throw placed(error, 'pickle', value)
  } finally {
    pickler.out.release()
  }
}
