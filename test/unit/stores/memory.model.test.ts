import fc from 'fast-check'
import { expect, it } from 'vitest'

import { fromText, toText } from '../../../src/base/bytes.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Store } from '../../../src/stores/store.ts'

/** What the store is to hold, written as plainly as can be: the entries in the order of their use. */
interface Model {
  readonly maxEntries: number
  now: number
  entries: { key: string; text: string; expiresAt: number | null }[]
}

type Command = fc.AsyncCommand<Model, Store>

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', '__proto__')
const text = fc.constantFrom('', '1', '-7', 'x', '99999999999999999999')
const mortal = fc.option(fc.integer({ min: 1, max: 50 }), { nil: null })
const immortal = fc.constant(null)

const commands = (ttlMs: fc.Arbitrary<number | null>): fc.Arbitrary<Command>[] => [
  fc.integer({ min: 1, max: 30 }).map((ms) =>
    command(`wait ${ms}`, async (model) => {
      model.now += ms
    }),
  ),
  key.map((name) =>
    command(`get ${name}`, async (model, store) => {
      const entry = use(model, name)

      const found = await store.get(name)

      expect(found === undefined ? undefined : toText(found)).toBe(entry?.text)
    }),
  ),
  fc
    .tuple(key, text, ttlMs, fc.constantFrom('absent' as const, 'present' as const, undefined))
    .map(([name, value, ttl, when]) =>
      command(`set ${name} ${value} ${ttl} ${when}`, async (model, store) => {
        const isAllowed = when === undefined || (find(model, name) !== undefined) === (when === 'present')
        if (isAllowed) put(model, name, value, ttl === null ? null : model.now + ttl)

        expect(await store.set(name, fromText(value), { ttlMs: ttl, when })).toBe(isAllowed)
      }),
    ),
  fc.tuple(key, text, text).map(([name, expected, value]) =>
    command(`swap ${name} ${expected} ${value}`, async (model, store) => {
      const entry = use(model, name)
      const outcome = entry === undefined ? 'missing' : entry.text === expected ? 'swapped' : 'changed'
      if (entry !== undefined && outcome === 'swapped') put(model, name, value, entry.expiresAt)

      expect(await store.swap(name, fromText(expected), fromText(value), undefined)).toBe(outcome)
    }),
  ),
  fc.tuple(key, fc.bigInt({ min: -5n, max: 5n }), fc.option(ttlMs, { nil: undefined })).map(([name, delta, create]) =>
    command(`add ${name} ${delta} ${create}`, async (model, store) => {
      const entry = use(model, name)
      const outcome = sumOf(entry?.text, delta, create !== undefined)
      if (typeof outcome === 'bigint') {
        const made = create === undefined || create === null ? null : model.now + create
        put(model, name, String(outcome), entry === undefined ? made : entry.expiresAt)
      }

      const answer = store.add(name, delta, create === undefined ? undefined : { ttlMs: create })

      expect(await answer.catch((error: { code: string }) => error.code)).toBe(outcome)
    }),
  ),
  fc.tuple(key, key).map(([from, to]) =>
    command(`move ${from} ${to}`, async (model, store) => {
      const entry = use(model, from)
      if (entry !== undefined) {
        remove(model, from)
        put(model, to, entry.text, entry.expiresAt)
      }

      expect(await store.move(from, to)).toBe(entry !== undefined)
    }),
  ),
  fc.uniqueArray(key, { maxLength: 3 }).map((names) =>
    command(`delete ${names.join()}`, async (model, store) => {
      const there = names.filter((name) => find(model, name) !== undefined)
      for (const name of names) remove(model, name)

      expect(await store.delete(names)).toBe(there.length)
    }),
  ),
  fc
    .tuple(key, fc.oneof({ weight: 5, arbitrary: ttlMs }, { weight: 1, arbitrary: fc.integer({ min: -1, max: 0 }) }))
    .map(([name, ttl]) =>
      command(`expire ${name} ${ttl}`, async (model, store) => {
        const entry = use(model, name)
        if (ttl !== null && ttl <= 0) remove(model, name)
        else if (entry !== undefined) entry.expiresAt = ttl === null ? null : model.now + ttl

        expect(await store.expire(name, ttl)).toBe(entry !== undefined)
      }),
    ),
  key.map((name) =>
    command(`ttl ${name}`, async (model, store) => {
      const entry = find(model, name)
      const left = entry?.expiresAt

      expect(await store.ttl(name)).toBe(typeof left === 'number' ? left - model.now : left)
    }),
  ),
  fc.constant(
    command('scan', async (model, store) => {
      const found: string[] = []
      for await (const page of store.scan('*', 2)) found.push(...page)

      const expected = model.entries.filter((entry) => isLiving(model, entry)).map((entry) => entry.key)
      expect(found.toSorted()).toEqual(expected.toSorted())
    }),
  ),
]

it('entries come, change, move and expire as in a plain list', async () => {
  await checkAgainstModel(100, mortal)
})

it('entries make room in the order of their use, as in a plain list', async () => {
  await checkAgainstModel(4, immortal)
})

/** Which expired entries are swept away before room is made is left to the store: bounds and ends are tried apart. */
async function checkAgainstModel(maxEntries: number, ttlMs: fc.Arbitrary<number | null>): Promise<void> {
  const sequences = fc.commands(commands(ttlMs), { maxCommands: 60, size: 'max' })
  const property = fc.asyncProperty(sequences, async (sequence) => {
    await fc.asyncModelRun(() => {
      const model: Model = { maxEntries, now: 1000, entries: [] }
      return { model, real: memoryStore({ maxEntries, clock: { now: () => model.now } }) }
    }, sequence)
  })
  await fc.assert(property, { numRuns: 300 })
}

function command(name: string, run: (model: Model, store: Store) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name }
}

function isLiving(model: Model, entry: Model['entries'][number]): boolean {
  return entry.expiresAt === null || entry.expiresAt > model.now
}

function find(model: Model, name: string): Model['entries'][number] | undefined {
  return model.entries.find((entry) => entry.key === name && isLiving(model, entry))
}

function use(model: Model, name: string): Model['entries'][number] | undefined {
  const entry = find(model, name)
  if (entry !== undefined) model.entries = [...model.entries.filter((other) => other !== entry), entry]
  return entry
}

function remove(model: Model, name: string): void {
  model.entries = model.entries.filter((entry) => entry.key !== name)
}

function put(model: Model, name: string, value: string, expiresAt: number | null): void {
  remove(model, name)
  model.entries = [...model.entries, { key: name, text: value, expiresAt }].slice(-model.maxEntries)
}

function sumOf(value: string | undefined, delta: bigint, mayCreate: boolean): bigint | undefined | 'ERR_COMMAND' {
  if (value === undefined) return mayCreate ? delta : undefined
  return /^-?\d+$/.test(value) ? BigInt(value) + delta : 'ERR_COMMAND'
}
