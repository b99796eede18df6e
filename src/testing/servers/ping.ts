import { once } from 'node:events'
import { connect, type NetConnectOpts } from 'node:net'

/** The bytes that a server answers to a PING on a bare connection, without entering. @throws Error when none come in time */
export async function ping(where: NetConnectOpts, withinMs: number): Promise<string> {
  const socket = connect(where)
  socket.setTimeout(withinMs, () => socket.destroy(new Error(`silent for ${withinMs} ms`)))
  try {
    socket.write('PING\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}
