/** What a response holds. */
export interface Content {
  readonly content: ReadableStream | string | Uint8Array | Blob | null
  readonly statusText: string
}

/**
 * What a response holds, without making a stream of what is none: the light response of `@hono/node-server` keeps what
 * it was made of, and is sent at once while nobody asks for its `body`. That server sends no status text.
 */
export function contentOf(response: Response): Content {
  for (const key of Object.getOwnPropertySymbols(response)) {
    if (key.description !== 'cache') continue
    const kept: unknown = Reflect.get(response, key)
    if (!Array.isArray(kept)) continue
    const [status, content] = kept as readonly unknown[]
    if (status === response.status && isContent(content)) return { content, statusText: '' }
  }
  return { content: response.body, statusText: response.statusText }
}

export function isStream(content: unknown): content is ReadableStream {
  return typeof content === 'object' && content !== null && 'getReader' in content
}

/**
 * The same stream, which ends when `save` is done. When that fails it breaks, so that what the client has got does not
 * look whole. When nobody reads on, what was changed until then is saved, and what the source changes as it stops.
 */
export function savedAtEnd(body: ReadableStream, save: () => Promise<unknown>): ReadableStream {
  const reader = body.getReader()
  let isCancelled = false
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = (await reader.read()) as { readonly done: boolean; readonly value: unknown }
        if (isCancelled) return
        if (!done) return controller.enqueue(value)
        await save()
        controller.close()
      },
      cancel: async (reason) => {
        isCancelled = true
        const stopped = reader.cancel(reason)
        // A failing store is told by its cache; here nobody is left to be told.
        await Promise.allSettled([save(), stopped])
        await Promise.allSettled([save()])
      },
    },
    // Nothing is asked of the source before somebody asks here.
    { highWaterMark: 0 },
  )
}

function isContent(value: unknown): value is Content['content'] {
  return (
    value === null ||
    typeof value === 'string' ||
    value instanceof Uint8Array ||
    value instanceof Blob ||
    isStream(value)
  )
}
