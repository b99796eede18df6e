import { randomInt } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

import { djangoCaches } from '../../src/django/index.ts'
import type { Cache } from '../../src/index.ts'
import { type DjangoPeer, pythonWithDjango, startDjango } from '../support/django-peer.ts'
import { pythonValues } from '../support/python-values.ts'
import { type Typed, toTyped } from '../support/typed.ts'
import { formats, siteCaches } from './caches.ts'

const python = pythonWithDjango()
if (python === undefined) {
  console.warn(
    'Skipped, for want of Django: apt-get install python3-django python3-django-redis python3-msgpack python3-lz4 python3-zstandard',
  )
}

/** Printed with a failure, so that the very values can be drawn again. */
const seed = randomInt(2 ** 31)
const howMany = 60

describe.skipIf(python === undefined)(`values shared with Django (seed ${seed})`, () => {
  let site: DjangoPeer
  let ours: Readonly<Record<string, Cache>>
  let close: () => Promise<void>

  beforeAll(async () => {
    const settings = siteCaches(`${inject('redisUrl')}/13`)
    site = await startDjango(python ?? '', settings)
    const caches = djangoCaches(settings)
    ours = caches
    close = () => caches.close()
  })

  afterAll(async () => {
    await close()
    await site.stop()
  })

  function cache(alias: string): Cache {
    const found = ours[alias]
    if (found === undefined) throw new Error(`No cache ${alias}`)
    return found
  }

  describe.each(formats)('$alias', ({ alias, serializer }) => {
    it('what Python writes, we read', async () => {
      const forms = await site.call<Typed[]>('set_random', { alias, seed, count: howMany, serializer })

      for (const [index, form] of forms.entries()) {
        const value = await cache(alias).get(`random:${index}`)
        expect(sorted(toTyped(value)), `value ${index}`).toEqual(sorted(form))
      }
    })

    it('what we write, Python reads', async () => {
      const forms = await site.call<Typed[]>('set_random', { alias, seed: seed + 1, count: howMany, serializer })

      for (const [index, form] of forms.entries()) {
        const value = await cache(alias).get(`random:${index}`)
        await cache(alias).set(`ours:${index}`, value)
        const read = await site.call<Typed>('get', { alias, key: `ours:${index}` })
        expect(sorted(read), `value ${index}`).toEqual(sorted(form))
      }
    })

    it('long values are compressed and read on both sides', async () => {
      const form: Typed = { t: 'str', v: 'a long text, and again '.repeat(500) }
      await site.call('set', { alias, key: 'long', value: form })

      expect(await cache(alias).get('long')).toBe(form['v'])
      await cache(alias).set('long:ours', form['v'])
      expect(await site.call('get', { alias, key: 'long:ours' })).toEqual(form)
    })

    it.each(['0', '1', '-1', '9007199254740993', '9223372036854775808', '-1180591620717411303424'])(
      'the int %s is the same on both sides',
      async (digits) => {
        await site.call('set', { alias, key: 'int', value: { t: 'int', v: digits } })
        const value = await cache(alias).get<number | bigint>('int')

        await cache(alias).set('int:ours', value)

        expect(String(value)).toBe(digits)
        expect(await site.call('get', { alias, key: 'int:ours' })).toEqual({ t: 'int', v: digits })
      },
    )
  })

  it('every value of the fixtures is read by Python as it was written by it', async () => {
    const values = pythonValues('pickle').filter(({ typed }) => typed !== undefined && isPlain(typed))

    for (const { name, typed } of values) {
      await site.call('set', { alias: 'default', key: 'fixture', value: typed })
      const value = await cache('default').get('fixture')
      await cache('default').set('fixture:ours', value)
      const read = await site.call<Typed>('get', { alias: 'default', key: 'fixture:ours' })
      expect(sorted(read), name).toEqual(sorted(typed as Typed))
    }
    expect(values.length).toBeGreaterThan(30)
  })
})

/** A form that can be built again from what it says: no reference to a parent, no zone known by name alone. */
function isPlain(form: Typed): boolean {
  const text = JSON.stringify(form)
  return !text.includes('"ref"') && !/"tz":"(?!UTC")/.test(text) && !text.includes('"factory"')
}

/** Sets have no order. */
function sorted(form: Typed): Typed {
  const { v } = form
  if (!Array.isArray(v)) return form
  const items = (v as unknown[]).map((item) =>
    Array.isArray(item) ? (item as Typed[]).map(sorted) : sorted(item as Typed),
  )
  if (form.t !== 'set' && form.t !== 'frozenset') return { ...form, v: items }
  return { ...form, v: items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) }
}
