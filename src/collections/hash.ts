import { checkChoice, checkOptions, kindOf } from '../base/options.ts'
import { OptionError } from '../errors.ts'
import { addField } from '../redis/scripts/add-field.ts'
import { readHash } from '../redis/scripts/read-hash.ts'
import { swapField } from '../redis/scripts/swap-field.ts'
import { batchArgument, Collection, type IterateOptions } from './collection.ts'
import {
  ask,
  askScript,
  change,
  changeMany,
  type CollectionHost,
  type CollectionOptions,
  countArgument,
  decode,
  decodeAll,
  decodeOne,
  encode,
  openPlace,
  type Place,
  reached,
  unreadable,
} from './place.ts'
import { bytesListOf, bytesOf, countOf, flagOf, listOf, pageOf, pairsOf, textOf } from './replies.ts'

/** Of `hashAt`. */
export interface HashOptions extends CollectionOptions {
  /**
   * Where things stand: `'django'` as django-redis' `hset` does it, with the hash under its bare name and prefix and
   * version before each field instead.
   *
   * @defaultValue 'own': prefix and version before the key, fields as they are
   */
  readonly layout?: 'own' | 'django'
}

/** Of {@link HashHandle.iterate}. */
export interface IterateHashOptions extends IterateOptions {
  /** A Redis glob for the fields, such as `'user:*'`. */
  readonly match?: string
}

/** How fields stand in Redis. */
interface Fields {
  toWire(field: string): string
  fromWire(wireField: string): string
  pattern(glob: string): string
}

/** Several fields with their values, as an object, a `Map` or pairs. */
export type HashEntries<T> = Partial<T> | Iterable<readonly [field: keyof T & string, value: T[keyof T & string]]>

/** @throws OptionError */
export function openHash<T extends object>(
  host: CollectionHost,
  key: string | number,
  options: HashOptions = {},
): HashHandle<T> {
  checkOptions(options, ['timeout', 'version', 'layout', 'deadline'], 'hashAt')
  const { layout = 'own', ...rest } = options
  const place = openPlace(host, 'hashAt', key, rest)
  if (checkChoice(layout, ['own', 'django'], 'layout') === 'own') return new HashHandle<T>(place, plainFields)
  const { version } = options
  return new HashHandle<T>(
    { ...place, wireKey: String(key) },
    {
      toWire: (field) => host.wire(field, version),
      fromWire: (wireField) => host.user(wireField),
      pattern: (glob) => host.pattern(glob, version),
    },
  )
}

const plainFields: Fields = { toWire: (field) => field, fromWire: (field) => field, pattern: (glob) => glob }

/** A hash in Redis: fields are texts, values are encoded as those of the cache. `T` says which fields there may be. */
export class HashHandle<T extends object = Record<string, unknown>>
  extends Collection
  implements AsyncIterable<[keyof T & string, T[keyof T & string]]>
{
  readonly #at: Place
  readonly #fields: Fields

  /** Use `cache.hashAt`. */
  constructor(at: Place, fields: Fields) {
    super(at)
    this.#at = at
    this.#fields = fields
  }

  /** @throws DecodeError */
  async get<F extends keyof T & string>(field: F): Promise<T[F] | undefined> {
    const reply = await ask(this.#at, 'get', ['HGET', this.#at.wireKey, this.#wire(field)])
    return decodeOne<T[F]>(this.#at, 'get', bytesOf(reply))
  }

  /** The fields that are there, in the order asked. @throws DecodeError */
  async getMany<F extends keyof T & string>(fields: Iterable<F>): Promise<Map<F, T[F]>> {
    const asked = [...new Set(fields)]
    if (asked.length === 0) return new Map()
    const command = ['HMGET', this.#at.wireKey, ...asked.map((field) => this.#wire(field))]
    const found = listOf(await ask(this.#at, 'getMany', command))
    return this.#decodeFields<F>(
      'getMany',
      asked.map((field, index) => [field, bytesOf(found[index])]),
    )
  }

  /** Whether the field is new. @throws TypeError for `undefined` */
  async set<F extends keyof T & string>(field: F, value: T[F]): Promise<boolean> {
    const command = ['HSET', this.#at.wireKey, this.#wire(field), await encode(this.#at, value)]
    return flagOf(await change(this.#at, 'set', command))
  }

  /** How many fields are new. @throws TypeError for `undefined` */
  async setMany(entries: HashEntries<T>): Promise<number> {
    const groups: [string, Uint8Array][] = []
    for (const [field, value] of pairsIn(entries)) groups.push([this.#wire(field), await encode(this.#at, value)])
    return changeMany(this.#at, 'setMany', ['HSET', this.#at.wireKey], groups)
  }

  /** Sets a field only where there is none; whether it did. */
  async add<F extends keyof T & string>(field: F, value: T[F]): Promise<boolean> {
    const command = ['HSETNX', this.#at.wireKey, this.#wire(field), await encode(this.#at, value)]
    return flagOf(await change(this.#at, 'add', command))
  }

  /** Whether it was there. */
  async delete(field: keyof T & string): Promise<boolean> {
    return flagOf(await change(this.#at, 'delete', ['HDEL', this.#at.wireKey, this.#wire(field)]))
  }

  /** How many were there. */
  async deleteMany(fields: Iterable<keyof T & string>): Promise<number> {
    const groups = [...fields].map((field) => [this.#wire(field)])
    return changeMany(this.#at, 'deleteMany', ['HDEL', this.#at.wireKey], groups)
  }

  async has(field: keyof T & string): Promise<boolean> {
    return flagOf(await ask(this.#at, 'has', ['HEXISTS', this.#at.wireKey, this.#wire(field)]))
  }

  async size(): Promise<number> {
    return countOf(await ask(this.#at, 'size', ['HLEN', this.#at.wireKey]))
  }

  /** All fields, as the user wrote them. */
  async keys(): Promise<(keyof T & string)[]> {
    return listOf(await ask(this.#at, 'keys', ['HKEYS', this.#at.wireKey])).map((field) => this.#user(field))
  }

  /** All values. @throws DecodeError */
  async values(): Promise<T[keyof T & string][]> {
    return decodeAll(this.#at, 'values', bytesListOf(await ask(this.#at, 'values', ['HVALS', this.#at.wireKey])))
  }

  /** All fields with their values at once; {@link iterate} for large hashes. @throws DecodeError */
  async entries(): Promise<Map<keyof T & string, T[keyof T & string]>> {
    const pairs = pairsOf(await askScript(this.#at, 'entries', readHash, []))
    return this.#decodeFields(
      'entries',
      pairs.map(([field, value]) => [this.#user(field), bytesOf(value)]),
    )
  }

  /** All fields with their values, page by page; one may come twice while others are written. @throws DecodeError */
  async *iterate(
    options: IterateHashOptions = {},
  ): AsyncGenerator<[keyof T & string, T[keyof T & string]], void, undefined> {
    const batch = batchArgument(options, 'hashAt.iterate', ['match'])
    const at = reached(this.#at, options)
    const match = options.match === undefined ? [] : ['MATCH', this.#fields.pattern(options.match)]
    let cursor = '0'
    do {
      const command = ['HSCAN', this.#at.wireKey, cursor, ...match, 'COUNT', batch]
      const page = pageOf(await ask(at, 'iterate', command))
      cursor = page.cursor
      for (const [field, value] of pairsOf(page.items)) {
        yield* await this.#decodeFields('iterate', [[this.#user(field), bytesOf(value)]])
      }
    } while (cursor !== '0')
  }

  [Symbol.asyncIterator](): AsyncGenerator<[keyof T & string, T[keyof T & string]], void, undefined> {
    return this.iterate()
  }

  /** Any field, or up to `count` of them. */
  async randomKey(): Promise<(keyof T & string) | undefined>
  async randomKey(count: number): Promise<(keyof T & string)[]>
  async randomKey(count?: number): Promise<(keyof T & string) | (keyof T & string)[] | undefined> {
    const command = ['HRANDFIELD', this.#at.wireKey]
    if (count === undefined) {
      const field = (await ask(this.#at, 'randomKey', command)) ?? null
      return field === null ? undefined : this.#user(field)
    }
    const fields = listOf(await ask(this.#at, 'randomKey', [...command, countArgument(count)]))
    return fields.map((field) => this.#user(field))
  }

  /**
   * Adds to a whole number in one step; a missing field counts as 0. The sum: a number, or a bigint beyond 2^53 - 1;
   * NaN when a failure was ignored.
   *
   * @throws CommandError when it is no whole number, or would be none of 64 bits.
   */
  async incr(field: keyof T & string, delta: number | bigint = 1): Promise<number | bigint> {
    if (typeof delta !== 'bigint' && !Number.isSafeInteger(delta)) {
      throw new OptionError('delta', `delta: expected a whole number or a bigint, got ${kindOf(delta)}; see incrFloat`)
    }
    const ttl = String(this.#at.ttlMs ?? '')
    const sum = await askScript(this.#at, 'incr', addField, [this.#wire(field), String(delta), ttl])
    if (sum === undefined) return Number.NaN
    return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum
  }

  /**
   * Adds to any number, as JavaScript does; a missing field counts as 0. The sum; NaN when a failure was ignored. Redis'
   * own HINCRBYFLOAT would leave text that no serializer reads, so the field is read and, if nobody wrote meanwhile,
   * written.
   *
   * @throws TypeError when the field holds no number.
   */
  async incrFloat(field: keyof T & string, delta: number): Promise<number> {
    if (!Number.isFinite(delta)) throw new OptionError('delta', `delta: expected a number, got ${kindOf(delta)}`)
    const ttl = String(this.#at.ttlMs ?? '')
    for (;;) {
      const reply = await ask(this.#at, 'incrFloat', ['HGET', this.#at.wireKey, this.#wire(field)])
      if (reply === undefined) return Number.NaN
      const seen = bytesOf(reply)
      const sum = numberIn(await decodeOne(this.#at, 'incrFloat', seen), field) + delta
      const [flag, expected] = seen === undefined ? (['0', ''] as const) : (['1', seen] as const)
      const args = [this.#wire(field), flag, expected, await encode(this.#at, sum), ttl] as const
      const isWritten = await askScript(this.#at, 'incrFloat', swapField, [...args])
      if (isWritten !== false) return isWritten === undefined ? Number.NaN : sum
    }
  }

  async #decodeFields<F extends keyof T & string>(
    method: string,
    found: readonly (readonly [F, Uint8Array | undefined])[],
  ): Promise<Map<F, T[F]>> {
    const values = new Map<F, T[F]>()
    for (const [field, bytes] of found) {
      const value = bytes === undefined ? unreadable : await decode<T[F]>(this.#at, method, bytes)
      if (value !== unreadable) values.set(field, value)
    }
    return values
  }

  #wire(field: string): string {
    if (typeof field === 'string') return this.#fields.toWire(field)
    throw new TypeError(`${this.#at.kind}: a field is a text, got ${kindOf(field)}`)
  }

  #user(wireField: Parameters<typeof textOf>[0]): keyof T & string {
    return this.#fields.fromWire(textOf(wireField)) as keyof T & string
  }
}

function pairsIn<T>(entries: HashEntries<T>): Iterable<readonly [string, unknown]> {
  if (typeof entries !== 'object' || entries === null) {
    throw new TypeError(`hashAt.setMany: expected an object, a Map or pairs of field and value, got ${kindOf(entries)}`)
  }
  if (Symbol.iterator in entries) return entries as Iterable<readonly [string, unknown]>
  return Object.entries(entries)
}

function numberIn(value: unknown, field: string): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  throw new TypeError(`hashAt.incrFloat: the field "${field}" holds no number`)
}
