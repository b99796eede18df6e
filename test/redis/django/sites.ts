import type { Caches } from '../../../src/cache/create-cache.ts'
import { djangoCaches, type DjangoCachesOptions } from '../../../src/django/index.ts'
import { type RedisServer } from '../../../src/testing/index.ts'

/** The CACHES that django-redis runs its own tests with, by the name of its settings file. */
export interface Site {
  readonly name: string
  /** Whether times are text in its format. */
  readonly json?: boolean
  readonly herd?: boolean
  readonly shards?: boolean
  readonly location?: (server: RedisServer) => string | readonly string[]
  readonly options?: Readonly<Record<string, unknown>>
}

const serializer = (path: string) => ({ SERIALIZER: `django_redis.serializers.${path}` })
const compressor = (path: string) => ({ COMPRESSOR: `django_redis.compressors.${path}` })
const client = (name: string) => ({ CLIENT_CLASS: `django_redis.client.${name}` })

export const sites: readonly Site[] = [
  { name: 'sqlite', options: client('DefaultClient') },
  { name: 'sqlite_gzip', options: compressor('gzip.GzipCompressor') },
  { name: 'sqlite_herd', options: client('HerdClient'), herd: true },
  { name: 'sqlite_json', options: serializer('json.JSONSerializer'), json: true },
  { name: 'sqlite_lz4', options: compressor('lz4.Lz4Compressor') },
  { name: 'sqlite_msgpack', options: serializer('msgpack.MSGPackSerializer') },
  {
    name: 'sqlite_sharding',
    options: client('ShardClient'),
    shards: true,
    location: ({ url }) => [`${url}/9`, `${url}/10`],
  },
  { name: 'sqlite_usock', location: ({ socketPath }) => [`unix://${socketPath}?db=1`, `unix://${socketPath}?db=1`] },
  { name: 'sqlite_zlib', options: compressor('zlib.ZlibCompressor') },
  { name: 'sqlite_zstd', options: compressor('zstd.ZStdCompressor') },
]

export type Aliases = Caches<'default' | 'doesnotexist' | 'sample' | 'with_prefix'>

/** The aliases of such a site. */
export function openSite(site: Site, server: RedisServer, options: DjangoCachesOptions = {}): Aliases {
  const LOCATION = site.location?.(server) ?? [`${server.url}/1`, `${server.url}/1`]
  const alias = { BACKEND: 'django_redis.cache.RedisCache', LOCATION, OPTIONS: site.options ?? {} }
  const nowhere = 'redis://127.0.0.1:56379?db=1'
  return djangoCaches(
    {
      default: alias,
      doesnotexist: { ...alias, LOCATION: site.shards === true ? [nowhere] : nowhere },
      sample: { ...alias, LOCATION: `${server.url}/1,${server.url}/1` },
      with_prefix: { ...alias, KEY_PREFIX: 'test-prefix' },
    },
    { globals: { CACHE_HERD_TIMEOUT: 2 }, ...options },
  )
}
