import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Milliseconds that the pretended database takes; everything else on the page is real work. */
export const latencyMs = 1200
/** Characters of a visitor's own text that are read. */
export const maxOwnText = 2000

const aliceFile = fileURLToPath(new URL('texts/alice.txt', import.meta.url))
const sourceFolder = fileURLToPath(new URL('../../src', import.meta.url))

const slowDatabase = {
  async read(text) {
    await sleep(latencyMs)
    return text.read()
  },
}

/** The page's question, answered from the cache. The page shows this function as it stands here. */
export async function wordsOf(cache, text) {
  let from = 'cache'
  const begun = performance.now()

  const words = await cache.getOrSet(
    `words:${text.id}`,
    async () => {
      from = 'database'
      return countWords(await slowDatabase.read(text), begun)
    },
    { timeout: '60s' },
  )

  return { words, from, ms: performance.now() - begun }
}

/** The text that a visitor asks about: one of ours by name, or the visitor's own. */
export function chooseText(name, own) {
  const typed = (own ?? '').slice(0, maxOwnText).trim()
  if (name === 'own' && typed !== '') return ownText(typed)
  return name === 'source' ? sourceText : aliceText
}

/** A text that nobody has asked about yet. */
export function freshText(number) {
  return { ...aliceText, id: `rush-${number}` }
}

const aliceText = {
  id: 'alice',
  name: 'alice',
  title: 'the opening of Alice in Wonderland',
  read: () => readFile(aliceFile, 'utf8'),
}

const sourceText = {
  id: 'source',
  name: 'source',
  title: 'the source code of everwarm',
  read: readSource,
}

function ownText(typed) {
  const id = `own-${createHash('sha256').update(typed).digest('hex').slice(0, 10)}`
  return { id, name: 'own', title: 'your own text', typed, read: async () => typed }
}

async function readSource() {
  const files = await readdir(sourceFolder, { recursive: true })
  const modules = files.filter((file) => file.endsWith('.ts'))
  const texts = await Promise.all(modules.map((file) => readFile(join(sourceFolder, file), 'utf8')))
  return texts.join('\n')
}

/** Dates, maps and whatever else a value holds come back from the cache as they were. */
function countWords(text, begun) {
  const counts = new Map()
  let total = 0
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
    total += 1
  }
  const top = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, 8)
  return {
    total,
    different: counts.size,
    top: new Map(top),
    excerpt: text.trim().slice(0, 160),
    countedAt: new Date(),
    tookMs: performance.now() - begun,
  }
}
