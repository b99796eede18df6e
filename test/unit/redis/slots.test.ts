import { describe, expect, it } from 'vitest'

import { parseSlots, redirectPlace } from '../../../src/redis/slot-map.ts'
import { slotOf } from '../../../src/redis/slots.ts'
import { Turn, turnOf } from '../../../src/redis/turn.ts'

const asked = { host: '10.0.0.1', port: 7000 }

describe('the slot of a key', () => {
  it.each([
    ['123456789', 12_739],
    ['foo', 12_182],
    ['bar', 5061],
    ['', 0],
    ['{user1000}.following', 3443],
    ['{user1000}.followers', 3443],
    ['ключ', 10_303],
  ])('%s is in slot %i, as CLUSTER KEYSLOT says', (key, slot) => {
    expect(slotOf(key)).toBe(slot)
  })

  it('is that of the first tag, unless that is empty or open', () => {
    expect(slotOf('a{foo}{bar}')).toBe(slotOf('foo'))
    expect(slotOf('{{foo}}')).toBe(slotOf('{foo'))
    expect(slotOf('a{}{foo}')).not.toBe(slotOf('foo'))
    expect(slotOf('a{foo')).not.toBe(slotOf('foo'))
  })
})

describe('the answer to CLUSTER SLOTS', () => {
  const node = (host: unknown, port: unknown) => [host, port, 'id', []] as never

  it('names the master of each range; one without an address is where it was asked', () => {
    const reply = [
      [0, 100, node(Buffer.from('10.0.0.2'), 7001), node('10.0.0.3', 7002)],
      [101, 101, node(null, 7000)],
      [102, 16_383, node('?', 7000)],
    ]

    expect(parseSlots(reply, asked)).toEqual([
      { first: 0, last: 100, master: { host: '10.0.0.2', port: 7001 } },
      { first: 101, last: 101, master: asked },
      { first: 102, last: 16_383, master: asked },
    ])
  })

  it.each([
    ['no list', 'OK'],
    ['slots that no Cluster has', [[0, 16_384, node('a', 1)]]],
    ['slots backwards', [[5, 4, node('a', 1)]]],
    ['half a slot', [[0.5, 4, node('a', 1)]]],
    ['no master', [[0, 4]]],
    ['no port', [[0, 4, node('a', 0)]]],
    ['more ranges than slots', Array.from({ length: 16_385 }, () => [0, 1, node('a', 1)])],
  ])('is refused with %s', (_what, reply) => {
    expect(() => parseSlots(reply, asked)).toThrow('CLUSTER SLOTS')
  })
})

describe('a refusal', () => {
  it.each([
    ['MOVED 3999 127.0.0.1:7001', { kind: 'moved', to: { host: '127.0.0.1', port: 7001 } }],
    ['MOVED 3999 :7001', { kind: 'moved', to: { host: '10.0.0.1', port: 7001 } }],
    ['ASK 3999 node-2.example.com:7001', { kind: 'ask', to: { host: 'node-2.example.com', port: 7001 } }],
    ['ASK 3999 ::1:7001', { kind: 'ask', to: { host: '::1', port: 7001 } }],
    ['TRYAGAIN Multiple keys request during rehashing of slot', { kind: 'later', word: 'TRYAGAIN' }],
    ['CLUSTERDOWN The cluster is down', { kind: 'later', word: 'CLUSTERDOWN' }],
  ])('%s says where to go', (message, reason) => {
    expect(turnOf(new Error(message), asked)).toEqual(new Turn(reason as never))
  })

  it.each(['WRONGTYPE Operation', 'MOVED', 'MOVED 1 host', 'MOVED 1 host:99999', 'the word MOVED 1 a:1'])(
    '%s says nothing of it',
    (message) => {
      expect(turnOf(new Error(message), asked)).toBeUndefined()
    },
  )

  it('an address in brackets is one of IPv6', () => {
    expect(redirectPlace('[::1]:7001', asked)).toEqual({ host: '::1', port: 7001 })
  })
})
