/** Where a request waits until the test lets it go on. */
const gates = new Map()

process.on('message', ({ open }) => {
  if (open !== undefined) gateOf(open).open()
})

/** Tells the test that a request has come here, and waits until it may go on. */
export function pass(name) {
  process.send({ entered: name })
  return gateOf(name).opened
}

function gateOf(name) {
  if (!gates.has(name)) {
    let open
    const opened = new Promise((resolve) => (open = resolve))
    gates.set(name, { opened, open })
  }
  return gates.get(name)
}
