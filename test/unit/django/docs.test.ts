import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { ignoredOptions } from '../../../src/django/alias.ts'
import { ignoredPoolArguments } from '../../../src/django/pool-arguments.ts'

function page(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8')
}

it('every setting that is passed over stands in the documentation', () => {
  const text = page('django')

  const missing = [...ignoredOptions, ...ignoredPoolArguments].filter((name) => !text.includes(`\`${name}\``))

  expect(missing).toEqual([])
})

/** The public names of Django 3.2's `SessionBase` and its module, and the operators of a dict. */
const names = [
  ...['__contains__', '__delitem__', '__getitem__', '__setitem__', 'accessed', 'clear', 'clear_expired', 'create'],
  ...['cycle_key', 'decode', 'delete', 'delete_test_cookie', 'encode', 'exists', 'flush', 'get'],
  ...['get_expire_at_browser_close', 'get_expiry_age', 'get_expiry_date', 'get_session_cookie_age', 'has_key'],
  ...['is_empty', 'items', 'key_salt', 'keys', 'load', 'modified', 'pop', 'save', 'serializer', 'session_key'],
  ...['set_expiry', 'set_test_cookie', 'setdefault', 'test_cookie_worked', 'update', 'values'],
  ...['CreateError', 'TEST_COOKIE_NAME', 'TEST_COOKIE_VALUE', 'UpdateError'],
]

/** What Django 5.1 added, and what 6.1 did. */
const namesSince51 = [
  ...['aclear_expired', 'acreate', 'acycle_key', 'adelete', 'adelete_test_cookie', 'aexists', 'aflush', 'aget'],
  ...['aget_expire_at_browser_close', 'aget_expiry_age', 'aget_expiry_date', 'ahas_key', 'aitems', 'akeys', 'aload'],
  ...['apop', 'asave', 'aset', 'aset_expiry', 'aset_test_cookie', 'asetdefault', 'atest_cookie_worked', 'aupdate'],
  ...['avalues', '__bool__'],
]

/** How the table writes what has no name of its own in a program. */
const written: Readonly<Record<string, string>> = {
  __contains__: '"a" in session',
  __getitem__: 'session["a"]',
  __setitem__: 'session["a"] = 1',
  aset: 'session["a"] = 1',
  __delitem__: 'del session["a"]',
}

describe("the table of Django's SessionBase", () => {
  const section = page('django-sessions').split('## `SessionBase` and its counterparts')[1] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  const left = rows.map((row) => row.split(' | ')[0] ?? '').join('\n')
  const words = new Set(left.match(/\w+/g))

  /** One with `a` before it is the same without: the last row says so. */
  const stands = (name: string): boolean => {
    const isThere = words.has(name) || left.includes(written[name] ?? '`none`')
    return isThere || (name.startsWith('a') && stands(name.slice(1)))
  }

  it.each([
    ['3.2', names],
    ['5.1 to 6.1', namesSince51],
  ])('has every name of Django %s', (_version, known) => {
    expect(known.filter((name) => !stands(name))).toEqual([])
  })

  it('says of all others with an a that they are the same without', () => {
    expect(left).toContain('all other `a...`')
  })
})
