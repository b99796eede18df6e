// How the default serializer compares: `npm run build && node bench/serializers.mjs`.
// Each figure is a ratio to JSON with the same value, above 1 is more bytes or more time.
import { deserialize, serialize } from 'node:v8'

import { Packr } from 'msgpackr'

import { structured } from '../dist/codecs/index.js'

const record = (id) => ({
  id,
  name: `User number ${id}`,
  email: `user${id}@example.org`,
  active: id % 2 === 0,
  score: id * 1.37,
  roles: ['admin', 'editor'],
  address: { street: 'Long street 5', city: 'Wien', zip: '1010' },
})
const rich = (id) => ({ ...record(id), created: new Date(1.7e12 + id * 1000), tags: new Set(['a', 'b']) })
const many = (make) => Array.from({ length: 100 }, (_, id) => make(id))

const values = {
  'one record': record(1),
  '100 records': many(record),
  'one with a date and a set': rich(1),
  '100 with a date and a set': many(rich),
  'a text of 10 KB': 'lorem ipsum dolor '.repeat(600),
  '64 KB of bytes': new Uint8Array(65_536).fill(7),
}

const serializer = structured()
const packr = new Packr({ structuredClone: true, moreTypes: true, useRecords: true })
const formats = {
  JSON: { write: (value) => Buffer.from(JSON.stringify(value)), read: (bytes) => JSON.parse(bytes.toString()) },
  structured: { write: serializer.serialize, read: serializer.deserialize },
  msgpackr: { write: (value) => packr.pack(value), read: (bytes) => packr.unpack(bytes) },
  'node:v8': { write: serialize, read: deserialize },
}

/** Microseconds for one call: the best of five rounds of about 40 ms. */
function measure(call) {
  let calls = 1
  while (timed(call, calls) < 40) calls *= 2
  return (Math.min(...Array.from({ length: 5 }, () => timed(call, calls))) * 1000) / calls
}

function timed(call, calls) {
  const start = performance.now()
  for (let index = 0; index < calls; index++) call()
  return performance.now() - start
}

for (const [title, value] of Object.entries(values)) {
  const rows = Object.entries(formats).map(([name, { write, read }]) => {
    const bytes = Buffer.from(write(value))
    return { name, bytes: bytes.length, write: measure(() => write(value)), read: measure(() => read(bytes)) }
  })
  const [json] = rows
  console.log(`\n${title}: JSON takes ${json.bytes} bytes, ${us(json.write)} to write, ${us(json.read)} to read`)
  console.table(Object.fromEntries(rows.map((row) => [row.name, ratios(row, json)])))
}

function ratios(row, json) {
  return {
    bytes: (row.bytes / json.bytes).toFixed(2),
    write: (row.write / json.write).toFixed(2),
    read: (row.read / json.read).toFixed(2),
  }
}

function us(microseconds) {
  return `${microseconds.toFixed(1)} us`
}
