/** The `CACHES` of one site, given to Django and to us word by word: every serializer with every compressor. */

const serializers: Readonly<Record<string, string>> = {
  pickle: 'django_redis.serializers.pickle.PickleSerializer',
  json: 'django_redis.serializers.json.JSONSerializer',
  msgpack: 'django_redis.serializers.msgpack.MSGPackSerializer',
}

const compressors: Readonly<Record<string, string>> = {
  identity: 'django_redis.compressors.identity.IdentityCompressor',
  zlib: 'django_redis.compressors.zlib.ZlibCompressor',
  gzip: 'django_redis.compressors.gzip.GzipCompressor',
  lz4: 'django_redis.compressors.lz4.Lz4Compressor',
  lzma: 'django_redis.compressors.lzma.LzmaCompressor',
  zstd: 'django_redis.compressors.zstd.ZStdCompressor',
}

/** Each alias with the serializer that it uses. */
export const formats: readonly { readonly alias: string; readonly serializer: string }[] = Object.keys(
  serializers,
).flatMap((serializer) =>
  Object.keys(compressors).map((compressor) => ({ alias: `${serializer}_${compressor}`, serializer })),
)

interface Settings {
  readonly BACKEND: string
  readonly LOCATION: string | readonly string[]
  readonly KEY_PREFIX?: string
  readonly OPTIONS?: Readonly<Record<string, unknown>>
}

/** The settings of all formats on one server, and some caches of other kinds. */
export function siteCaches(location: string): Readonly<Record<string, Settings>> {
  const redis = { BACKEND: 'django_redis.cache.RedisCache', LOCATION: location }
  const byFormat = formats.map(({ alias, serializer }) => {
    const compressor = alias.slice(serializer.length + 1)
    const OPTIONS = { SERIALIZER: serializers[serializer], COMPRESSOR: compressors[compressor] }
    return [alias, { ...redis, KEY_PREFIX: alias, OPTIONS }]
  })
  return {
    ...Object.fromEntries(byFormat),
    default: { ...redis, KEY_PREFIX: 'site' },
    protocol5: { ...redis, KEY_PREFIX: 'p5', OPTIONS: { PICKLE_VERSION: 5 } },
    herd: { ...redis, KEY_PREFIX: 'herd', OPTIONS: { CLIENT_CLASS: 'django_redis.client.HerdClient' } },
    shards: {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: [location, location.replace(/\d+$/, '14')],
      KEY_PREFIX: 'shards',
      OPTIONS: { CLIENT_CLASS: 'django_redis.client.ShardClient' },
    },
  }
}
