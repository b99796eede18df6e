import type { OptionError } from '../errors.ts'

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Reads `host`, `host:port` or `[::1]:port`. @throws what `broken` makes of the reason */
export function hostPortOf(text: string, usualPort: number, broken: (why: string) => OptionError): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text.trim())
  const port = Number(match?.[3] ?? usualPort)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || port < 1 || port > 65_535) throw broken(`"${text}" is no host with a port`)
  return { host, port }
}

export function isSame(a: HostPort, b: HostPort): boolean {
  return a.host === b.host && a.port === b.port
}

/** A place as text, by which servers are told apart. */
export function placeName({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
