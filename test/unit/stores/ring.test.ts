import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { createRing, tagOf } from '../../../src/stores/ring.ts'

const vectors = JSON.parse(readFileSync(new URL('../../fixtures/hash-ring.json', import.meta.url), 'utf8')) as {
  readonly nodes: readonly string[]
  readonly map: Readonly<Record<string, number>>
}

describe('the hash ring', () => {
  it('puts every key where django-redis puts it', () => {
    const ring = createRing(vectors.nodes)

    const found = Object.fromEntries(Object.keys(vectors.map).map((key) => [key, ring.indexOf(key)]))

    expect(found).toEqual(vectors.map)
  })

  it('agrees with the ten keys of test_hashring', () => {
    const ring = createRing(['node:0', 'node:1', 'node:2'])

    const found = Array.from({ length: 10 }, (_, index) => ring.indexOf(`test${index}`))

    expect(found).toEqual([0, 2, 1, 2, 2, 2, 2, 0, 1, 1])
  })

  it('has a node for each of ten thousand keys, and work for every node', () => {
    const ring = createRing(['node:0', 'node:1', 'node:2'])

    const found = Array.from({ length: 10_000 }, (_, index) => ring.indexOf(`test${index}`))

    expect(new Set(found)).toEqual(new Set([0, 1, 2]))
  })

  it('keeps keys of one tag together', () => {
    const ring = createRing(vectors.nodes)

    const found = Array.from({ length: 100 }, (_, index) => ring.indexOf(`:1:name ${index} {user:7}`))

    expect(new Set(found).size).toBe(1)
  })
})

describe('the tag', () => {
  it.each([
    [':1:foo{tag}', 'tag'],
    ['{a}x{b}', 'b'],
    ['{}', ''],
    ['{a}{b', 'a'],
    ['{a}b}', 'a}b'],
    ['{{a}', 'a'],
    ['}a{', '}a{'],
    ['plain', 'plain'],
    ['', ''],
    ['a\n{b}', 'a\n{b}'],
    ['{a}\nb', 'a'],
    ['{a\nb}', '{a\nb}'],
    ['{a\u2028b}', 'a\u2028b'],
  ])('of %j is %j', (key, tag) => {
    expect(tagOf(key)).toBe(tag)
  })

  it('takes no longer than the key is long', () => {
    expect(tagOf('{'.repeat(1_000_000))).toHaveLength(1_000_000)
  })
})
