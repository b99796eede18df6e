import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One command on a connection of its own: what is measured here is not asked by what is measured. @throws for a refusal */
export async function ask(port, ...command) {
  const socket = connect({ port, host: '127.0.0.1', timeout: command[0] === 'PING' ? 100 : 5000 })
  socket.once('timeout', () => socket.destroy(new Error('no answer')))
  const parts = command.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`)
  socket.write(`*${parts.length}\r\n${parts.join('')}`)
  let text = ''
  try {
    for (;;) {
      const [chunk] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])])
      if (chunk === undefined) throw new Error('The connection ended')
      text += chunk.toString('latin1')
      const reply = readReply(text, 0)
      if (reply === undefined) continue
      if (reply.value instanceof Error) throw reply.value
      return reply.value
    }
  } finally {
    socket.destroy()
  }
}

/** Asks until it is so. Resolves to the moment when it was. */
export async function eventually(isSo, { withinMs = 20_000, everyMs = 20 } = {}) {
  const end = now() + withinMs
  while (!(await isSo().catch(() => false))) {
    if (now() > end) throw new Error(`Not so within ${withinMs} ms: ${isSo}`)
    await sleep(everyMs)
  }
  return now()
}

/** The moment at which a server answers, asked every 5 ms. */
export function untilAnswering(port) {
  return eventually(async () => (await ask(port, 'PING')) === 'PONG', { everyMs: 5 })
}

/** Milliseconds of the clock that all processes of the machine share. */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Simple strings, errors, numbers, texts and lists of RESP2; undefined for what has not come whole. */
function readReply(text, at) {
  const end = text.indexOf('\r\n', at)
  if (end === -1) return undefined
  const head = text.slice(at + 1, end)
  const next = end + 2
  if (text[at] === '+') return { value: head, next }
  if (text[at] === '-') return { value: new Error(head), next }
  if (text[at] === ':') return { value: Number(head), next }
  if (Number(head) === -1) return { value: null, next }
  return text[at] === '$' ? readText(text, next, Number(head)) : readList(text, next, Number(head))
}

function readText(text, at, length) {
  const next = at + length + 2
  return text.length < next ? undefined : { value: text.slice(at, at + length), next }
}

function readList(text, at, length) {
  const value = []
  let next = at
  while (value.length < length) {
    const item = readReply(text, next)
    if (item === undefined) return undefined
    value.push(item.value)
    next = item.next
  }
  return { value, next }
}
