import { isEverwarmError } from 'everwarm'

const names = ['hit', 'miss', 'set', 'delete', 'load', 'error']
const keptEvents = 14
const keptNotes = 50

/** What the cache told of itself lately, and what visitors did: kept in this process, newest first. */
export function createJournal(cache) {
  const events = []
  const notes = new Map()
  let health = 'unknown'
  let failures = 0
  let nextNote = 1

  for (const name of names) cache.on(name, (payload) => remember(name, payload))

  function remember(name, payload) {
    events.unshift({ name, at: new Date(), ...payload })
    events.length = Math.min(events.length, keptEvents)
    if (name === 'hit' || name === 'set') health = 'well'
    if (name !== 'error') return
    failures += 1
    noteHealth(payload.error)
  }

  function noteHealth(error) {
    if (error.code === 'ERR_CONNECTION' || error.code === 'ERR_DEADLINE') health = 'failing'
  }

  return {
    events,
    /** How the last call went that had to ask the store: `well`, `failing` or `unknown`. */
    get health() {
      return health
    },
    /** How many errors there were so far, ignored ones too. */
    get failures() {
      return failures
    },
    get lastError() {
      return events.find(({ name }) => name === 'error')
    },
    /** Runs one call and tells how it went: its answer or its error, and the milliseconds. */
    async attempt(code, call) {
      const begun = performance.now()
      try {
        const answer = await call()
        // A loader's answer says nothing of the store.
        if (answer?.from !== 'database') health = 'well'
        return { code, ok: true, answer, ms: performance.now() - begun }
      } catch (error) {
        if (!isEverwarmError(error)) throw error
        noteHealth(error)
        return { code, ok: false, error, ms: performance.now() - begun }
      }
    },
    /** Keeps something for the page that the visitor is sent to next; answers its number. */
    keep(note) {
      const id = String(nextNote++)
      notes.set(id, note)
      if (notes.size > keptNotes) notes.delete(notes.keys().next().value)
      return id
    },
    kept: (id) => notes.get(id),
  }
}
