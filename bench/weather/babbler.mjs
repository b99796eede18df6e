import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** What no Redis ever says: another protocol, noise, lengths that cannot be, a list that never ends. */
const nonsense = [
  'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n',
  Buffer.from(Array.from({ length: 512 }, (_, index) => 128 + ((index * 37) % 128))),
  '$999999999999999999\r\n',
  '$-7\r\nnot a length\r\n',
  'SSH-2.0-OpenSSH_9.2\r\n',
  '*3\r\n$3\r\nGET\r\n!\r\n?',
]

/** A server that passes everything on to the real one, until it is told to babble: then each request is answered with nonsense. */
export async function startBabbler(port) {
  const sockets = new Set()
  let isBabbling = false
  let said = 0

  const server = createServer({ noDelay: true }, (client) => {
    const real = connect({ port, host: '127.0.0.1', noDelay: true })
    for (const socket of [client, real]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        real.destroy()
      })
    }
    client.on('data', (chunk) => (isBabbling ? client.write(nonsense[said++ % nonsense.length]) : real.write(chunk)))
    real.on('data', (chunk) => {
      if (!isBabbling) client.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }

  return {
    port: server.address().port,
    babble: () => {
      isBabbling = true
    },
    /** The real server is back: nobody goes on with a connection on which nonsense was said. */
    talk: () => {
      hangUp()
      isBabbling = false
    },
    close: async () => {
      hangUp()
      server.close()
    },
  }
}
