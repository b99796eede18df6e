/** How long an attempt may be silent before another one is made beside it. */
const besideAfterMs = 250
const mostBeside = 4

/**
 * What comes first of several attempts, each begun a while after the one before it. A path that swallowed the first one
 * may be whole again, which an attempt under way cannot notice. The first one's failure is
 * the answer; what else still comes is given to `discard`.
 */
export function firstOf<T>(attempt: () => Promise<T>, discard: (late: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let begun = 0
    let failed = 0
    let isOver = false
    let timer: NodeJS.Timeout | undefined
    const end = (): void => {
      isOver = true
      clearTimeout(timer)
    }
    const begin = (): void => {
      const isFirst = begun++ === 0
      if (begun < mostBeside) timer = setTimeout(begin, besideAfterMs).unref()
      attempt().then(
        (made) => {
          if (isOver) return discard(made)
          end()
          resolve(made)
        },
        (error: unknown) => {
          failed++
          // The first has had all the time there is.
          if (isOver || (!isFirst && failed < begun)) return
          end()
          reject(error instanceof Error ? error : new Error(String(error)))
        },
      )
    }
    begin()
  })
}
