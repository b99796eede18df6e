import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { Lane, type LaneFault, noFault } from './lane.ts'

export interface FaultProxyOptions {
  /** The server behind the proxy: a URL such as `redis://:secret@127.0.0.1:6379/1`, or its address. */
  readonly target: string | URL | { readonly host: string; readonly port: number }
  /** A port of 127.0.0.1; a free one when left out. */
  readonly port?: number
  /** From 0 to below 1, for jitter. @defaultValue `Math.random` */
  readonly random?: () => number
}

/** Which way a fault holds. */
export interface FaultOptions {
  /** Only what goes to the server, or only what comes from it. @defaultValue both */
  readonly only?: 'requests' | 'answers'
}

/**
 * A TCP proxy that breaks on purpose. It passes everything on until a fault is asked for; a fault holds for the
 * connections that are open and for new ones, takes the place of the fault before it, and ends at {@link resume}.
 */
export interface FaultProxy {
  /** The target's URL with the address of this proxy. */
  readonly url: string
  readonly port: number
  /** How many connections are open, and how many there have been. */
  readonly connections: { readonly open: number; readonly total: number }
  /**
   * Every byte arrives this many milliseconds later, each way, and up to `jitterMs` more by chance; never before one that
   * was sent earlier. `Infinity` keeps all back until {@link resume}.
   */
  delay(ms: number, options?: FaultOptions & { readonly jitterMs?: number }): void
  /** At most this many bytes a second arrive, each way. */
  slow(bytesPerSecond: number, options?: FaultOptions): void
  /** Connections are accepted and held, and every byte either way is lost. */
  blackHole(options?: FaultOptions): void
  /** Each connection still gets this many bytes of answers; then it is silent, or cut. */
  halfAnswer(bytes: number, afterwards?: 'stall' | 'cut'): void
  /** Resets the open connections, once; new ones are served. */
  cut(): void
  /** Turns new connections away; open ones go on. */
  refuse(): void
  /** Ends the fault. Connections that have lost bytes are reset, what was only late arrives. */
  resume(): Promise<void>
  /** Resets all connections and stops listening. */
  close(): Promise<void>
}

interface Link {
  refresh(): void
  cut(): void
  /** Cuts the connection if it has lost bytes. */
  cutIfBroken(): void
}

interface Faults {
  request: LaneFault
  answer: LaneFault
}

/** Starts a {@link FaultProxy} in front of a server. @throws TypeError for a target without host or port. */
export async function createFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const target = toUrl(options.target)
  const faults: Faults = { request: noFault, answer: noFault }
  const random = options.random ?? Math.random
  const links = new Set<Link>()
  const connections = { open: 0, total: 0 }

  const accept = (client: Socket): void => {
    const link = createLink(client, { target, faults, random })
    links.add(link)
    connections.open += 1
    connections.total += 1
    client.once('close', () => {
      links.delete(link)
      connections.open -= 1
    })
  }
  const apply = (request: LaneFault, answer: LaneFault): void => {
    Object.assign(faults, { request, answer })
    for (const link of links) link.refresh()
  }
  const both = (fault: LaneFault, { only }: FaultOptions = {}): void =>
    apply(only === 'answers' ? noFault : fault, only === 'requests' ? noFault : fault)

  let listener = await listen(accept, options.port ?? 0)
  const { port } = listener.address() as AddressInfo

  return {
    url: proxyUrl(target, port),
    port,
    connections,
    delay: (ms, { jitterMs = 0, ...way } = {}) =>
      both({ ...noFault, delayMs: atLeast('delay', 0, ms), jitterMs: atLeast('jitterMs', 0, jitterMs) }, way),
    slow: (bytesPerSecond, way) => both({ ...noFault, bytesPerSecond: atLeast('slow', 1, bytesPerSecond) }, way),
    blackHole: (way) => both({ ...noFault, swallow: true }, way),
    halfAnswer: (bytes, afterLast = 'stall') =>
      apply(noFault, { ...noFault, maxBytes: atLeast('halfAnswer', 0, bytes), afterLast }),
    cut: () => cutAll(links),
    refuse: () => void listener.close(),
    resume: async () => {
      for (const link of links) link.cutIfBroken()
      both(noFault)
      if (!listener.listening) listener = await listen(accept, port)
    },
    close: async () => {
      const closed = listener.listening ? once(listener, 'close') : undefined
      listener.close()
      cutAll(links)
      await closed
    },
  }
}

interface LinkOptions {
  readonly target: URL
  readonly faults: Faults
  readonly random: () => number
}

function createLink(client: Socket, { target, faults, random }: LinkOptions): Link {
  const server = connect({ host: hostOf(target), port: Number(target.port), allowHalfOpen: true, noDelay: true })
  let isBroken = false
  const lost = (): void => {
    isBroken = true
  }
  const cut = (): void => {
    client.resetAndDestroy()
    server.resetAndDestroy()
  }
  const endAnswer = (): void => {
    client.destroySoon()
    server.destroy()
  }
  const lanes: readonly Lane[] = [
    new Lane({ from: client, to: server, fault: () => faults.request, random, lost, cut }),
    new Lane({ from: server, to: client, fault: () => faults.answer, random, lost, cut: endAnswer }),
  ]

  // A connection that failed ends the other one with it, unless nothing may come out of the proxy.
  server.on('error', () => (faults.answer.swallow ? lost() : cut()))
  client.on('error', () => {})
  client.once('close', () => {
    for (const lane of lanes) lane.destroy()
    server.destroy()
  })

  return {
    refresh: () => lanes.forEach((lane) => lane.refresh()),
    cut,
    cutIfBroken: () => {
      if (isBroken) cut()
    },
  }
}

function cutAll(links: Iterable<Link>): void {
  for (const link of links) link.cut()
}

async function listen(accept: (client: Socket) => void, port: number): Promise<Server> {
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  listener.listen(port, '127.0.0.1')
  await once(listener, 'listening')
  return listener
}

function toUrl(target: FaultProxyOptions['target']): URL {
  const isAddress = typeof target === 'object' && !(target instanceof URL)
  const url = new URL(isAddress ? `redis://${target.host}:${target.port}` : target)
  if (url.hostname === '')
    throw new TypeError('The target of a fault proxy needs a host, such as redis://127.0.0.1:6379')
  if (url.port === '') url.port = '6379'
  return url
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

function proxyUrl(target: URL, port: number): string {
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return url.href
}

function atLeast(name: string, minimum: number, value: number): number {
  if (value >= minimum) return value
  throw new TypeError(`${name} expects a number of at least ${minimum}, got ${value}`)
}
