/** What one process knows of the keys that it alone writes: of each, what may be found there. */
export class Ledger {
  #keys = new Map()
  /** Acknowledged writes that were not there afterwards. */
  #lost = new Set()

  constructor(names) {
    for (const name of names) {
      const floor = { seq: 0, isAbsent: true }
      this.#keys.set(name, { floor, open: [], attempted: 0, lastAbsent: 0, isBusy: false })
    }
  }

  get lost() {
    return this.#lost.size
  }

  isBusy(name) {
    return this.#keys.get(name).isBusy
  }

  /** A write is about to be sent; a key has one at a time. Its outcome is unknown until it is told. */
  begin(name, isAbsent) {
    const key = this.#keys.get(name)
    const seq = ++key.attempted
    key.isBusy = true
    key.open = [...key.open, { seq, isAbsent }]
    if (isAbsent) key.lastAbsent = seq
    return seq
  }

  /**
   * What became of it: `done`, `refused`, or `unknown`. What is unknown may be done at any later time, also after a newer
   * one: a server that stood still reads what is left of connections that were given up long ago.
   */
  end(name, seq, outcome) {
    const key = this.#keys.get(name)
    key.isBusy = false
    if (outcome === 'unknown') return
    const write = key.open.find((each) => each.seq === seq)
    key.open = key.open.filter((each) => each !== write)
    if (outcome === 'done') key.floor = write
  }

  /** To be taken before a read is sent. */
  before(name) {
    const { floor, open, attempted } = this.#keys.get(name)
    return { floor, open, attempted }
  }

  /** Whether what was read, a number or `undefined`, may be there: `right`, `lost` or `wrong`. */
  judge(name, { floor, open, attempted }, seq) {
    const key = this.#keys.get(name)
    if (seq > key.attempted) return 'wrong'
    const isAbsent = seq === undefined
    const isThat = (write) => (isAbsent ? write.isAbsent : write.seq === seq && !write.isAbsent)
    if ([floor, ...open].some(isThat)) return 'right'
    if (isAbsent ? key.lastAbsent > attempted : seq > attempted) return 'right'
    this.#lost.add(`${name}#${floor.seq}`)
    if (key.floor === floor) key.floor = { seq: seq ?? 0, isAbsent }
    return 'lost'
  }
}
