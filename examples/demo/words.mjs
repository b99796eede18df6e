import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Milliseconds that the pretended database takes; everything else on the page is real work. */
export const latencyMs = 1200
/** Characters of a visitor's own text that are read. */
export const maxOwnText = 2000
const excerptLength = 160

const aliceFile = fileURLToPath(new URL('texts/alice.txt', import.meta.url))
const sourceFolder = fileURLToPath(new URL('../../src', import.meta.url))

/** The page's question, answered from the cache. The page shows this function as it stands here. */
export async function wordsOf(cache, text) {
  let from = 'cache'
  const begun = performance.now()

  const words = await cache.getOrSet(
    `words:${text.id}`,
    () => {
      from = 'database'
      return countInSlowDatabase(text)
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

async function countInSlowDatabase(text) {
  const begun = performance.now()
  await sleep(latencyMs)
  const words = countWords(await text.read())
  return { ...words, countedAt: new Date(), tookMs: performance.now() - begun }
}

/** Maps and dates are fine as values: they come back from the cache as they were. */
function countWords(text) {
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
    excerpt: beginningOf(text.trim()),
  }
}

function beginningOf(text) {
  return text.length <= excerptLength ? text : `${text.slice(0, excerptLength).replace(/\s+\S*$/, '')} …`
}
