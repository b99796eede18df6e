import { PartialError } from 'everwarm'

import { Ledger } from './ledger.mjs'
import { seal, seqOf } from './values.mjs'

/** More than are written at once, also when every write waits until its deadline. */
const ownKeys = 1000
const loadedKeys = 50
const batch = 5

/** The counters that all processes add to. */
export const counters = Array.from({ length: 10 }, (_, index) => `count:${index}`)

/** How often each kind of call comes among a hundred. */
const mix = { get: 35, getMany: 10, set: 20, setMany: 5, remove: 5, incr: 15, getOrSet: 10 }
const order = Object.entries(mix).flatMap(([kind, share]) => Array.from({ length: share }, () => kind))

/** These are not sent, or refused: nothing was done. */
const notDone = new Set(['ERR_BREAKER_OPEN', 'ERR_COMMAND', 'ERR_OVERLOAD'])

/**
 * The calls of one process, each of which looks at what it is answered. Its name is part of the keys that it writes;
 * those of `others` are read as well. `touched` and `isWrite` say what a call was about.
 */
export function createLoad({ cache, name, others }) {
  const keysOf = (owner) => Array.from({ length: ownKeys }, (_, index) => `own:${owner}:${index}`)
  const own = keysOf(name)
  const loaded = Array.from({ length: loadedKeys }, (_, index) => `loaded:${name}:${index}`)
  const foreign = others.flatMap(keysOf)
  const ledger = new Ledger(own)
  const counts = new Map(counters.map((key) => [key, { done: 0, unknown: 0 }]))
  const complaints = []
  let wrong = 0
  let loads = 0

  function complain(what) {
    wrong += 1
    if (complaints.length < 10) complaints.push(what)
  }

  function look(key, before, value) {
    const seq = value === undefined ? undefined : seqOf(key, value)
    if (Number.isNaN(seq)) return complain(`${key} was answered with ${shorten(value)}`)
    if (before === undefined) return undefined
    const verdict = ledger.judge(key, before, seq)
    if (verdict === 'wrong') complain(`${key} has number ${seq}, which was never written`)
    return verdict
  }

  async function write(names, isAbsent, send) {
    const seqs = names.map((key) => ledger.begin(key, isAbsent))
    const end = (outcomeOf) => names.forEach((key, index) => ledger.end(key, seqs[index], outcomeOf(key)))
    try {
      const answer = await send(seqs)
      end(() => 'done')
      return answer
    } catch (error) {
      end((key) => outcomeOf(error, key))
      throw error
    }
  }

  const idle = () => {
    const start = Math.floor(Math.random() * ownKeys)
    for (let step = 0; step < ownKeys; step += 1) {
      const key = own[(start + step) % ownKeys]
      if (!ledger.isBusy(key)) return key
    }
    throw new Error('Every key is being written')
  }
  const several = (from) => [...new Set(Array.from({ length: batch }, from))]

  const kinds = {
    get: () => {
      const key = any(Math.random() < 0.7 ? own : foreign)
      const before = key.startsWith(`own:${name}:`) ? ledger.before(key) : undefined
      return { touched: [key], run: async () => void look(key, before, await cache.get(key)) }
    },
    getMany: () => {
      const touched = several(() => any(own))
      const before = touched.map((key) => ledger.before(key))
      const run = async () => {
        const found = await cache.getMany(touched)
        touched.forEach((key, index) => look(key, before[index], found.get(key)))
        for (const key of found.keys()) if (!touched.includes(key)) complain(`${key} was not asked for`)
      }
      return { touched, run }
    },
    set: () => {
      const key = idle()
      const run = async () => {
        const isStored = await write([key], false, ([seq]) => cache.set(key, seal(key, seq)))
        if (isStored !== true) complain(`set ${key} was answered with ${shorten(isStored)}`)
      }
      return { touched: [key], isWrite: true, run }
    },
    setMany: () => {
      const touched = several(idle)
      const valuesOf = (seqs) => touched.map((key, index) => [key, seal(key, seqs[index])])
      const run = () => write(touched, false, (seqs) => cache.setMany(valuesOf(seqs)))
      return { touched, isWrite: true, run }
    },
    remove: () => {
      const key = Math.random() < 0.5 ? any(loaded) : idle()
      const remove = () => cache.delete(key)
      const run = () => (key.startsWith('own:') ? write([key], true, remove) : remove())
      return { touched: [key], run }
    },
    incr: () => {
      const key = any(counters)
      const count = counts.get(key)
      const run = async () => {
        try {
          const sum = await cache.incr(key, 1, { create: true, timeout: null })
          count.done += 1
          if (!Number.isSafeInteger(sum)) complain(`incr ${key} was answered with ${shorten(sum)}`)
        } catch (error) {
          if (!notDone.has(error.code)) count.unknown += 1
          throw error
        }
      }
      return { touched: [key], isWrite: true, run }
    },
    getOrSet: () => {
      const key = any(loaded)
      const run = async () => {
        const value = await cache.getOrSet(key, () => seal(key, ++loads))
        if (value === undefined) complain(`getOrSet ${key} was answered with nothing`)
        look(key, undefined, value)
      }
      // Its loader answers where Redis does not, so its success says nothing.
      return { touched: [], run }
    },
  }

  /** Reads all keys of this process; throws while that fails. */
  async function readAll() {
    const before = own.map((key) => ledger.before(key))
    const found = await cache.getMany(own)
    own.forEach((key, index) => look(key, before[index], found.get(key)))
  }

  return {
    next: () => {
      const kind = any(order)
      return { kind, ...kinds[kind]() }
    },
    readAll,
    report: () => ({ wrong, complaints, lost: ledger.lost, counts: Object.fromEntries(counts) }),
  }
}

function outcomeOf(error, key) {
  if (error instanceof PartialError) {
    if (error.done.includes(key)) return 'done'
    return error.errors.every(({ code }) => notDone.has(code)) ? 'refused' : 'unknown'
  }
  return notDone.has(error.code) ? 'refused' : 'unknown'
}

function any(list) {
  return list[Math.floor(Math.random() * list.length)]
}

function shorten(value) {
  return JSON.stringify(value)?.slice(0, 80) ?? String(value)
}
