import { CommandError, ConnectionError, EverwarmError } from '../errors.ts'

/** A server's error reply begins with a word in capitals; everything else a client throws is about the connection. */
const replyForm = /^([A-Z][A-Z0-9_]+)(?: |$)/

/** A script's refusal by a server before Redis 7 has the word further on. */
const scriptReplyForm = /: -(READONLY|OOM|MISCONF|MASTERDOWN) /

/** The word by which a server's refusal begins, such as `LOADING`; `undefined` for what is no refusal. */
export function refusalWord(error: unknown): string | undefined {
  if (error instanceof CommandError) return error.reason
  if (!(error instanceof Error)) return undefined
  return scriptReplyForm.exec(error.message)?.[1] ?? replyForm.exec(error.message)?.[1]
}

/** What to do about the refusals that a user can mend. */
const entryAdvice: readonly (readonly [form: RegExp, advice: string])[] = [
  [
    /^WRONGPASS/,
    'the user name or password is wrong: check them in the URL (redis://user:password@host) or in the options username and password',
  ],
  [
    /^NOAUTH|^ERR operation not permitted/,
    'the server wants a password: put it into the URL (redis://:password@host) or the option password',
  ],
  [
    /^ERR .*DB index/,
    'the server has no database of that number: take a smaller one in the URL (redis://host:6379/0); Redis has 16 unless configured, a cluster only 0',
  ],
  [/^NOPERM/, 'the user is not allowed to do that: widen its ACL on the server'],
  [/^ERR max number of clients/, 'the server has all the connections it allows: close some or raise maxclients'],
  [/^LOADING/, 'the server is still loading its data: try again in a moment'],
  [/^MASTERDOWN/, 'the replica has lost its primary and serves no old data: see its link with INFO replication'],
  [/^ERR unknown command .*HELLO/i, 'the server is older than Redis 6'],
]

/** A client library's error while connecting, as one that says what to mend. */
export function connectFailure(server: string, error: unknown): EverwarmError {
  if (error instanceof EverwarmError) return error
  const cause = withoutArguments(error)
  const reason = reasonOf(cause)
  if (isForeignAnswer(reason)) {
    return new ConnectionError(
      server,
      `${server} answers, but not as Redis does: is another service listening there?`,
      cause,
    )
  }
  const advice = adviceFor(reason) ?? networkAdvice(error)
  return new ConnectionError(server, `Could not connect to ${server}: ${advice} (${reason})`, cause)
}

/** A client library's error to a command: the server's refusal, or the connection's end. */
export function commandFailure(server: string, operation: string, error: unknown): EverwarmError {
  if (error instanceof EverwarmError) return error
  const cause = withoutArguments(error)
  const reason = reasonOf(cause)
  const word = refusalWord(cause)
  if (word === undefined) {
    return new ConnectionError(
      server,
      `${operation}: the connection to ${server} was lost before the answer came (${reason})`,
      cause,
    )
  }
  const advice = adviceFor(reason)
  if (advice !== undefined)
    return new ConnectionError(server, `${operation}: refused by ${server}: ${advice} (${word})`, cause)
  return new CommandError(
    operation,
    word,
    `${operation}: refused by ${server}: ${refusalAdvice[word] ?? reason}`,
    cause,
  )
}

const refusalAdvice: Readonly<Record<string, string>> = {
  WRONGTYPE:
    'the key holds another kind of data than this call is for (Redis keeps values, hashes, lists, sets and sorted sets apart): WRONGTYPE',
  OOM: 'the server is full and evicts nothing: raise its maxmemory or set a maxmemory-policy such as allkeys-lru: OOM',
  READONLY: 'the server is a replica and takes no writes: give the primary as location: READONLY',
  MOVED:
    'the server is a node of a Cluster, and the key is on another one: begin the location with redis+cluster: MOVED',
  CLUSTERDOWN:
    'the Cluster it is a node of is down, as some of its slots are served by nobody: see CLUSTER INFO: CLUSTERDOWN',
  NOREPLICAS:
    'the server has fewer replicas than its min-replicas-to-write asks for, and therefore takes no writes: NOREPLICAS',
  BUSY: 'a script has been running on the server for long: end it with SCRIPT KILL: BUSY',
  MISCONF: 'the server cannot save to its disk and therefore takes no writes: look into its log: MISCONF',
}

function adviceFor(reason: string): string | undefined {
  return entryAdvice.find(([form]) => form.test(reason))?.[1]
}

function networkAdvice(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return 'nothing listens there: start Redis, or correct host and port'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host name is not known: correct it'
  if (code === 'ETIMEDOUT') return 'it does not answer: it hangs, or the network swallows packets'
  if (code === 'ENOENT') return 'there is no such socket: start Redis, or correct the path'
  if (code === 'EACCES') return 'no permission to use that socket'
  if (code?.startsWith('ERR_TLS') === true || code?.includes('CERT') === true)
    return 'the certificate is not accepted: see the option tls'
  return 'the connection ended before it was ready'
}

function isForeignAnswer(reason: string): boolean {
  return /unknown RESP type|unexpected RESP|wrong version number|packet length too long/i.test(reason)
}

/** To a command that it does not know Redis answers with all that was sent: values, and with HELLO the password. */
function withoutArguments(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const [before] = error.message.split(', with args beginning with:', 1)
  return before === undefined || before === error.message ? error : new Error(before)
}

/** The first line of what went wrong; of several addresses tried, the first one's. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0])
  if (!(error instanceof Error)) return 'no reason given'
  return (error.message || error.name).split('\n', 1)[0] ?? ''
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
