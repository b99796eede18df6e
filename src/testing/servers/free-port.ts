import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port of 127.0.0.1 that nobody listens on, nor on the one 10000 above it, where a node of a Cluster has its bus. */
export async function freePort(): Promise<number> {
  // Below the ephemeral ports, so that no outgoing connection takes it while its server is away.
  const port = randomInt(11_000, 21_000)
  const isFree = (await canListen(port)) && (await canListen(port + 10_000))
  return isFree ? port : freePort()
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
