import { expectTypeOf } from 'vitest'

import type { Cache, HeldLock, ListHandle, Lock, Scored, SetHandle, SortedSetHandle } from '../../src/index.ts'

interface User {
  readonly name: string
  readonly age: number
}

declare const cache: Cache

const tags = cache.setAt<string>('tags')
expectTypeOf(tags).toEqualTypeOf<SetHandle<string>>()
expectTypeOf(tags.members()).resolves.toEqualTypeOf<Set<string>>()
expectTypeOf(tags.pop()).resolves.toEqualTypeOf<string | undefined>()
expectTypeOf(tags.pop(2)).resolves.toEqualTypeOf<string[]>()
expectTypeOf(tags.random(2, { repeats: true })).resolves.toEqualTypeOf<string[]>()
expectTypeOf(cache.setAt('tags').members()).resolves.toEqualTypeOf<Set<unknown>>()
// @ts-expect-error a member of another type
void tags.add(1)
// @ts-expect-error a set of other members
void tags.union(cache.setAt<number>('numbers'))
// @ts-expect-error members are encoded, so there is no pattern to match them with
void tags.iterate({ match: 'a*' })

const user = cache.hashAt<User>('user')
expectTypeOf(user.get('age')).resolves.toEqualTypeOf<number | undefined>()
expectTypeOf(user.getMany(['name'])).resolves.toEqualTypeOf<Map<'name', string>>()
expectTypeOf(user.keys()).resolves.toEqualTypeOf<('name' | 'age')[]>()
expectTypeOf(user.incr('age')).resolves.toEqualTypeOf<number | bigint>()
expectTypeOf(cache.hashAt<Record<string, number>>('counts').get('any')).resolves.toEqualTypeOf<number | undefined>()
expectTypeOf(cache.hashAt('any').get('field')).resolves.toEqualTypeOf<unknown>()
void user.setMany({ name: 'Ada' })
// @ts-expect-error a field that there is not
void user.get('email')
// @ts-expect-error a value of another type
void user.set('age', 'old')
// @ts-expect-error a layout that there is not
void cache.hashAt('user', { layout: 'rails' })

const scores = cache.sortedSetAt<string>('scores')
expectTypeOf(scores).toEqualTypeOf<SortedSetHandle<string>>()
expectTypeOf(scores.range()).resolves.toEqualTypeOf<string[]>()
expectTypeOf(scores.range(0, -1, { withScores: true })).resolves.toEqualTypeOf<Scored<string>[]>()
expectTypeOf(scores.rangeByScore({ min: 1 }, { withScores: true, limit: 5 })).resolves.toEqualTypeOf<Scored<string>[]>()
expectTypeOf(scores.popMin()).resolves.toEqualTypeOf<Scored<string> | undefined>()
expectTypeOf(scores.popMax(2)).resolves.toEqualTypeOf<Scored<string>[]>()
// @ts-expect-error a score is a number
void scores.set('a', '1')

const queue = cache.listAt<User>('queue')
expectTypeOf(queue).toEqualTypeOf<ListHandle<User>>()
expectTypeOf(queue.popLeft()).resolves.toEqualTypeOf<User | undefined>()
expectTypeOf(queue.popLeft(2)).resolves.toEqualTypeOf<User[]>()

const lock = cache.lock('report', { timeout: '1m', wait: null })
expectTypeOf(lock).toEqualTypeOf<Lock>()
expectTypeOf(lock.acquire()).resolves.toEqualTypeOf<boolean>()
expectTypeOf(lock.hold()).resolves.toEqualTypeOf<HeldLock>()
expectTypeOf(lock.run((held) => held.fence)).resolves.toEqualTypeOf<number | undefined>()
expectTypeOf(lock).toExtend<AsyncDisposable>()
// @ts-expect-error a lock lasts for a duration
void cache.lock('report', { timeout: 'soon' })
// @ts-expect-error how long a lock lasts is said when it is made
void lock.acquire({ timeout: 5 })
