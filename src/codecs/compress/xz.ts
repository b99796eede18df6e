import { type Bytes, view } from '../../base/bytes.ts'
import { checkInteger } from '../../base/options.ts'
import type { Compressor } from '../codec.ts'
import { andThen, decompressFrames } from './framed.ts'
import { type CompressOptions, resolveCompressOptions } from './native.ts'
import { lazyPeer } from './peer.ts'
import { passXzStream, xzMagic } from './xz-stream.ts'

export interface XzOptions extends CompressOptions {
  /** From 0 (fast) to 9 (small). @defaultValue 4 */
  readonly preset?: number
}

type Lzma = typeof import('lzma-native')
type Coder = InstanceType<Lzma['Stream']>

const peer = lazyPeer<Lzma>('lzma-native', async () => (await import('lzma-native')).default)

/**
 * The .xz format, as Python's `lzma` writes it; known by its first six bytes. Smaller than the others, and far slower.
 * Needs the package `lzma-native`: without it the first use is an `OptionError`.
 *
 * @throws OptionError
 */
export function xz(options: XzOptions = {}): Compressor {
  const config = resolveCompressOptions(options, 'preset', 'xz')
  const preset = checkInteger(options.preset ?? 4, [0, 9], 'xz preset')
  const format = {
    name: 'xz',
    maxBytes: config.maxBytes,
    pass: passXzStream,
    decompress: ({ bytes }: { readonly bytes: Bytes }) =>
      andThen<Lzma, Bytes>(peer(), (library) => code(bytes, decoder(library))),
  }
  return {
    name: 'xz',
    above: config.above,
    accepts: (bytes) => view(bytes.subarray(0, xzMagic.length)).equals(xzMagic),
    compress: (bytes) =>
      andThen<Lzma, Bytes>(peer(), (library) => code(bytes, encoder(library, preset, bytes.byteLength))),
    decompress: (bytes) => decompressFrames(bytes, format),
  }
}

function decoder(library: Lzma): Coder {
  const coder = new library.Stream()
  coder.streamDecoder({})
  return coder
}

/** The presets of xz 5, but with a dictionary no larger than the value: the encoder sets up ten times as much memory. */
function encoder(library: Lzma, preset: number, size: number): Coder {
  const coder = new library.Stream()
  const dictSize = 2 ** Math.min(dictionaryBits[preset] ?? 26, Math.max(12, Math.ceil(Math.log2(size))))
  const search =
    preset < 4
      ? { mode: library.MODE_FAST, mf: preset === 0 ? library.MF_HC3 : library.MF_HC4 }
      : { mode: library.MODE_NORMAL, mf: library.MF_BT4 }
  const effort = { niceLen: niceLengths[preset] ?? 64, depth: depths[preset] ?? 0 }
  coder.streamEncoder({
    check: library.CHECK_CRC64,
    filters: [{ id: library.FILTER_LZMA2, options: { dictSize, ...search, ...effort } }],
  })
  return coder
}

const dictionaryBits = [18, 20, 21, 22, 22, 23, 23, 24, 25, 26]
const niceLengths = [128, 128, 273, 273, 16, 32]
const depths = [4, 8, 24, 48]

/**
 * Runs in the thread pool. The library's own streams are not used: they cut their input at every `YZ` for another run,
 * so that 64 KiB of these two letters take a second.
 */
function code(bytes: Bytes, coder: Coder): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = []
    let isEnding = false
    let isDone = false
    coder.bufferHandler = (output, _used, error) => {
      if (isDone) return
      if (output !== null && output !== undefined) {
        parts.push(output)
        return
      }
      isDone = output === null || isEnding
      if (error instanceof Error) reject(error)
      else if (output === null) resolve(Buffer.concat(parts))
      else if (isEnding) reject(new Error('The coder stopped before its end'))
      else {
        // Not before the first run is over: until then its lock would hold this thread.
        isEnding = true
        coder.code(null, true)
      }
    }
    coder.code(bytes, true)
  })
}
