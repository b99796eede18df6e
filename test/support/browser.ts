/** A browser reduced to its cookies: they are sent to every port of the machine, as browsers do. */
export class Browser {
  readonly cookies: Map<string, string> = new Map()

  async get(url: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: { ...(init.headers as Record<string, string> | undefined), cookie: this.#header() },
    })
    for (const line of response.headers.getSetCookie()) this.#take(line)
    return response
  }

  /** Another one with the same cookies. */
  copy(): Browser {
    const copy = new Browser()
    for (const [name, value] of this.cookies) copy.cookies.set(name, value)
    return copy
  }

  #header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #take(line: string): void {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s)
    const { maxAge } = attributesOf(line)
    if (maxAge !== undefined && Number(maxAge) <= 0) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

/** The attributes of a `Set-Cookie`, by their names in lower case; flags are empty. */
export function attributesOf(setCookie: string): Readonly<Record<string, string>> & { readonly maxAge?: string } {
  const pairs = setCookie.split(';').slice(1)
  const attributes = pairs.map((pair): [string, string] => {
    const [name = '', value = ''] = pair.trim().split(/=(.*)/s)
    return [name.toLowerCase(), value]
  })
  const found = Object.fromEntries(attributes)
  return found['max-age'] === undefined ? found : { ...found, maxAge: found['max-age'] }
}
