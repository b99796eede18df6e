import { createHash } from 'node:crypto'

/** Chooses one of the nodes for a key: always the same one, by index, on every machine. */
export interface Ring {
  indexOf(key: string): number
}

/** Points of each node on the ring; django-redis' number. */
const replicas = 128

interface Point {
  readonly hash: string
  readonly node: number
}

/**
 * The hash ring of django-redis' ShardClient, so that both sides find a key on the same server. A node's points are the
 * SHA-256 of its name with `:0` to `:127`; a key belongs to the last point that is not beyond its own hash, and before
 * the first point to the last of all.
 */
export function createRing(names: readonly string[]): Ring {
  const points: Point[] = names
    .flatMap((name, node) =>
      Array.from({ length: replicas }, (_, index) => ({ hash: sha256(`${name}:${index}`), node })),
    )
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))

  return {
    indexOf(key) {
      const after = firstBeyond(points, sha256(tagOf(key)))
      return (points.at(after - 1) as Point).node
    },
  }
}

/**
 * What decides where a key is kept: on its first line, the text from the last `{` that has a `}` behind it to the last
 * `}`; else all of the key. Not what a Redis Cluster takes, which is the first pair.
 */
export function tagOf(key: string): string {
  const end = key.indexOf('\n')
  const line = end === -1 ? key : key.slice(0, end)
  const close = line.lastIndexOf('}')
  const open = close === -1 ? -1 : line.lastIndexOf('{', close)
  return open === -1 ? key : line.slice(open + 1, close)
}

function firstBeyond(points: readonly Point[], hash: string): number {
  let [low, high] = [0, points.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (hash < (points[middle] as Point).hash) high = middle
    else low = middle + 1
  }
  return low
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
