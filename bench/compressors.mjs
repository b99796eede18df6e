// How the compressors compare: `npm run build && node bench/compressors.mjs`.
// Each as it comes, on 20 KB of JSON; MB are those of the JSON. `write` and `read` of zlib are 1.
import { brotli, gzip, lz4, xz, zlib, zstd } from '../dist/codecs/index.js'

const words = 'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore'.split(
  ' ',
)
const pick = (seed) => words[(seed * 2_654_435_761) % words.length]
const record = (id) => ({
  id: 100_000 + ((id * 48_271) % 99_991),
  name: `${pick(id)} ${pick(id * 7 + 1)}`,
  email: `${pick(id * 3)}.${pick(id * 5)}${(id * 69_621) % 997}@example.org`,
  active: id % 3 !== 0,
  score: ((id * 16_807) % 10_007) / 97,
  created: new Date(1.7e12 + ((id * 48_271) % 65_537) * 997_001).toISOString(),
  text: Array.from({ length: 6 + (id % 9) }, (_, word) => pick(id * 31 + word * word)).join(' '),
})

const rows = []
while (JSON.stringify(rows).length < 20_000) rows.push(record(rows.length + 1))
const source = Buffer.from(JSON.stringify(rows))

const compressors = [zlib(), gzip(), brotli(), zstd({ level: 1 }), zstd(), lz4(), xz({ preset: 0 }), xz()]
const names = ['zlib 6', 'gzip 6', 'brotli 4', 'zstd 1', 'zstd 3', 'lz4', 'xz 0', 'xz 4']

/** Calls that take about 40 ms. */
async function countOf(call) {
  let calls = 1
  while ((await timed(call, calls)) < 40) calls *= 2
  return calls
}

async function timed(call, calls) {
  const start = performance.now()
  for (let index = 0; index < calls; index++) await call()
  return performance.now() - start
}

const runs = []
for (const [index, compressor] of compressors.entries()) {
  const bytes = await compressor.compress(source)
  for (const [kind, call] of [
    ['write', () => compressor.compress(source)],
    ['read', () => compressor.decompress(bytes)],
  ]) {
    runs.push({ name: names[index], bytes: bytes.length, kind, call, calls: await countOf(call), best: Infinity })
  }
}

// The best of ten rounds, all in turn, so that whatever else the machine does falls on each alike.
for (let round = 0; round < 10; round++) {
  for (const run of runs) run.best = Math.min(run.best, (await timed(run.call, run.calls)) / run.calls)
}

const speed = (name, kind) => source.length / runs.find((run) => run.name === name && run.kind === kind).best / 1000
const results = runs
  .filter(({ kind }) => kind === 'write')
  .map(({ name, bytes }) => ({ name, bytes, write: speed(name, 'write'), read: speed(name, 'read') }))

const [first] = results
console.log(`${source.length} bytes of JSON, Node.js ${process.versions.node}`)
console.table(Object.fromEntries(results.map((result) => [result.name, columns(result)])))

function columns({ bytes, write, read }) {
  return {
    bytes,
    'of zlib': (bytes / first.bytes).toFixed(2),
    'write MB/s': Math.round(write),
    'x zlib (write)': (write / first.write).toFixed(2),
    'read MB/s': Math.round(read),
    'x zlib (read)': (read / first.read).toFixed(2),
  }
}
