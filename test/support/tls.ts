import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { freePort, type RedisServer, startRedis } from '../../src/testing/index.ts'

const folder = new URL('../fixtures/tls/', import.meta.url)

/** The path of one of the certificates and keys. */
function pathOf(name: string): string {
  return fileURLToPath(new URL(name, folder))
}

/** Knows the CA that signed the server. */
export const withCa: { readonly ca: Buffer } = { ca: readFileSync(pathOf('ca.crt')) }

/** Has a certificate to show, too. */
export const withCertificate: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } = {
  ...withCa,
  cert: readFileSync(pathOf('client.crt')),
  key: readFileSync(pathOf('client.key')),
}

/** The settings of a server or a Sentinel that speaks TLS alone, to clients with a certificate or to all. */
export function tlsSettings(port: number, clients: 'yes' | 'no'): readonly (readonly [name: string, value: string])[] {
  return [
    ['port', '0'],
    ['tls-port', String(port)],
    ['tls-ca-cert-file', pathOf('ca.crt')],
    ['tls-cert-file', pathOf('server.crt')],
    ['tls-key-file', pathOf('server.key')],
    ['tls-auth-clients', clients],
    ['tls-replication', 'yes'],
  ]
}

/** A server that speaks TLS alone. */
export async function startTlsRedis(clients: 'yes' | 'no', args: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort()
  const settings = tlsSettings(port, clients).flatMap(([name, value]) => [`--${name}`, value])
  return startRedis({ port, args: [...settings, ...args] })
}
