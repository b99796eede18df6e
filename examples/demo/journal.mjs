import { isEverwarmError } from 'everwarm'

const names = ['hit', 'miss', 'set', 'delete', 'load', 'error']
const keptEvents = 14
const keptCalls = 10
const keptNotes = 50

/** What the cache told of itself lately, and what visitors did: kept in this process, newest first. */
export function createJournal(cache) {
  const events = []
  const sessionCalls = []
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

  /** Of sessions alone: what else a request does is not told at the side. */
  function rememberCall(request, { code, ms }) {
    const name = /^sessions?\.(\w+)/.exec(code)?.[1]
    if (name === undefined) return
    sessionCalls.unshift({ at: new Date(), request, name, ms })
    sessionCalls.length = Math.min(sessionCalls.length, keptCalls)
  }

  function noteHealth(error) {
    if (error.code === 'ERR_CONNECTION' || error.code === 'ERR_DEADLINE') health = 'failing'
  }

  return {
    events,
    /** What requests called on their sessions. */
    sessionCalls,
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
      const done = await timed(code, call)
      // A loader's answer says nothing of the store.
      if (done.ok && done.answer?.from !== 'database') health = 'well'
      if (!done.ok) noteHealth(done.error)
      return done
    },
    /**
     * Follows the session of one request: what runs through `call` is kept in `calls`, as `shown` shows it. That the session
     * ended meanwhile is an answer too; other errors are the caller's.
     */
    follow(request) {
      const calls = []
      const call = async (code, work, shown = (answer) => answer) => {
        const done = await timed(code, work, isEnd)
        rememberCall(request, done)
        if (done.answer?.isNew === false || done.answer?.outcome === 'saved') health = 'well'
        calls.push(done.ok ? { ...done, answer: shown(done.answer) } : done)
        return done.answer
      }
      return { calls, call }
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

function isEnd(error) {
  return error.code === 'ERR_SESSION_REVOKED'
}

async function timed(code, call, isAnswer = isEverwarmError) {
  const begun = performance.now()
  try {
    const answer = await call()
    return { code, ok: true, answer, ms: performance.now() - begun }
  } catch (error) {
    if (!isAnswer(error)) throw error
    return { code, ok: false, error, ms: performance.now() - begun }
  }
}
