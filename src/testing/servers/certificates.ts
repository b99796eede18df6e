import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { openssl } from './programs.ts'

/** What a client shows and trusts, as PEM: made to be handed to `tls` of a cache or of `node:tls`. */
export interface ClientCertificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const days = '2'
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Makes a certificate authority in a folder, and certificates of a server at 127.0.0.1 and of a client. */
export function makeCertificates(folder: string): ClientCertificates {
  const authority = ['-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', days]
  openssl(folder, ['req', ...authority, '-subj', '/CN=everwarm test authority'])
  for (const name of ['server', 'client']) sign(folder, name)
  const pem = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { ca: pem('ca.crt'), cert: pem('client.crt'), key: pem('client.key') }
}

/** The settings of a server or a Sentinel that speaks only TLS on its port, with those certificates. */
export function tlsSettings(folder: string, port: number): Readonly<Record<string, string>> {
  return {
    port: '0',
    'tls-port': String(port),
    'tls-ca-cert-file': join(folder, 'ca.crt'),
    'tls-cert-file': join(folder, 'server.crt'),
    'tls-key-file': join(folder, 'server.key'),
    'tls-auth-clients': 'yes',
  }
}

function sign(folder: string, name: string): void {
  writeFileSync(join(folder, 'names.cnf'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`]
  openssl(folder, ['req', ...newKey, ...files, '-subj', `/CN=everwarm test ${name}`])
  const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names.cnf']
  openssl(folder, ['x509', '-req', '-in', `${name}.csr`, ...by, '-days', days, '-out', `${name}.crt`])
}
