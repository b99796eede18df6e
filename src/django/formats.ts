import type { Bytes } from '../base/bytes.ts'
import { createCodec } from '../codecs/chain.ts'
import type { Codec, Compressor, Serializer } from '../codecs/codec.ts'
import { identity } from '../codecs/compress/identity.ts'
import { msgpack, type MsgpackOptions } from '../codecs/msgpack.ts'
import type { PickleOptions } from '../codecs/pickle/options.ts'
import { pickle } from '../codecs/pickle/pickle.ts'
import { OptionError } from '../errors.ts'
import { standIn } from './backends.ts'
import { djangoCompression } from './compression.ts'
import { djangoJson, type DjangoJsonOptions } from './json.ts'
import { readPythonInteger } from './python.ts'
import { given, placeOf, type Section, textAt, unexpected, unknownAt } from './section.ts'

/** What a site's settings cannot say of values: how they are read here, and what its own classes stand for. */
export interface DjangoFormats {
  /** Serializers of the site's own, by the dotted paths of its settings. */
  readonly serializers?: Readonly<Record<string, Serializer>>
  /** Compressors of the site's own, by the dotted paths of its settings. */
  readonly compressors?: Readonly<Record<string, Compressor>>
  /** How pickles are read and written. */
  readonly pickle?: Omit<PickleOptions, 'protocol'>
  readonly json?: DjangoJsonOptions
  readonly msgpack?: MsgpackOptions
  /** Dotted paths of the site's own, such as subclasses, with the known ones that they stand for. */
  readonly paths?: Readonly<Record<string, string>>
}

/** How values are written. */
export interface ValueFormat {
  readonly codec: Codec
  /** Whether values are pickled. */
  readonly isPickle: boolean
}

type Kind = 'pickle' | 'json' | 'msgpack'

const serializerKinds: ReadonlyMap<string, Kind> = new Map(
  ['django_redis', 'django_async_redis'].flatMap((library): [string, Kind][] => [
    [`${library}.serializers.pickle.PickleSerializer`, 'pickle'],
    [`${library}.serializers.json.JSONSerializer`, 'json'],
    [`${library}.serializers.msgpack.MSGPackSerializer`, 'msgpack'],
  ]),
)

const djangoSerializer = 'django.core.cache.backends.redis.RedisSerializer'

/** SERIALIZER, COMPRESSOR and PICKLE_VERSION of a django-redis cache. @throws OptionError */
export function djangoRedisFormat(options: Section, formats: DjangoFormats): ValueFormat {
  const own = textAt(options, 'SERIALIZER')
  const protocol = protocolOf(options)
  const made = own === undefined ? 'pickle' : serializerAt(options, 'SERIALIZER', own, formats)
  return formatOf(made, protocol, formats, compressorAt(options, formats))
}

/** The `serializer` of Django's own Redis cache. @throws OptionError */
export function djangoFormat(options: Section, formats: DjangoFormats): ValueFormat {
  const own = textAt(options, 'serializer')
  const isUsual = own === undefined || standIn(own, formats.paths ?? {}) === djangoSerializer
  const made = isUsual ? 'pickle' : serializerAt(options, 'serializer', own, formats)
  return formatOf(made, 5, formats, undefined)
}

/** What locmem keeps: pickles. */
export function locmemFormat(formats: DjangoFormats): ValueFormat {
  return formatOf('pickle', 5, formats, undefined)
}

/**
 * What is configured comes first and is what writes. All others are read too: their first bytes tell them apart, so that
 * a site may change its settings on a living cache.
 */
function formatOf(
  writer: Serializer | Kind,
  protocol: 4 | 5,
  formats: DjangoFormats,
  compressor: Compressor | undefined,
): ValueFormat {
  const all: Readonly<Record<Kind, Serializer>> = {
    pickle: pickle({ ...formats.pickle, protocol }),
    json: djangoJson(formats.json),
    msgpack: msgpack(formats.msgpack),
  }
  const first = typeof writer === 'string' ? all[writer] : writer
  const compressors = [...djangoCompression.values()].map((make) => make())
  const own = compressor === undefined ? [] : [compressor]
  const codec = createCodec({
    serializers: [compressing(first, compressor), ...Object.values(all).filter((other) => other !== first)],
    compressors: [identity(), ...own, ...compressors.filter((other) => other.name !== compressor?.name)],
    readInteger: readPythonInteger,
  })
  return { codec, isPickle: writer === 'pickle' }
}

/** Compresses also where that is no shorter, as django-redis does: members of sets are found by their very bytes. */
function compressing(serializer: Serializer, compressor: Compressor | undefined): Serializer {
  if (compressor === undefined) return serializer
  const compressed = (bytes: Bytes) => (bytes.byteLength > compressor.above ? compressor.compress(bytes) : bytes)
  return {
    name: serializer.name,
    ...(serializer.keepsBigInt === undefined ? {} : { keepsBigInt: serializer.keepsBigInt }),
    serialize(value) {
      const bytes = serializer.serialize(value)
      return bytes instanceof Promise ? bytes.then(compressed) : compressed(bytes)
    },
    deserialize: (bytes) => serializer.deserialize(bytes),
    accepts: (bytes) => serializer.accepts(bytes),
  }
}

function serializerAt(options: Section, name: string, own: string, formats: DjangoFormats): Serializer | Kind {
  const { serializers = {}, paths = {} } = formats
  if (Object.hasOwn(serializers, own)) return serializers[own] as Serializer
  const kind = serializerKinds.get(standIn(own, paths))
  if (kind !== undefined) return kind
  const known = [...serializerKinds.keys(), djangoSerializer].filter((path) => !path.startsWith('django_async'))
  throw unmapped(unknownAt(placeOf(options, name), 'serializer', own, known), 'serializers')
}

function compressorAt(options: Section, formats: DjangoFormats): Compressor | undefined {
  const own = textAt(options, 'COMPRESSOR')
  const { compressors = {}, paths = {} } = formats
  if (own === undefined) return undefined
  if (Object.hasOwn(compressors, own)) return compressors[own]
  const path = standIn(own, paths).replace(/^django_async_redis\./, 'django_redis.')
  const make = djangoCompression.get(path)
  if (make !== undefined) return make()
  throw unmapped(
    unknownAt(placeOf(options, 'COMPRESSOR'), 'compressor', own, [...djangoCompression.keys()]),
    'compressors',
  )
}

/** Says how a path of the site's own is made known. */
function unmapped(error: OptionError, option: string): OptionError {
  const advice = `a path of the site's own is made known to djangoCaches by the option ${option}`
  return new OptionError(error.option, `${error.message}; ${advice}`)
}

/** Python 3.4 and later read 4, and all that was written before is read here. */
function protocolOf(options: Section): 4 | 5 {
  const wanted = given(options, 'PICKLE_VERSION') ?? 4
  if (typeof wanted !== 'number' || !Number.isInteger(wanted)) {
    throw unexpected(options, 'PICKLE_VERSION', 'a whole number (PICKLE_VERSION value must be an integer)')
  }
  if (wanted > 5) throw unexpected(options, 'PICKLE_VERSION', 'at most 5, the highest protocol of pickle')
  return wanted === 5 || wanted < 0 ? 5 : 4
}
