import { type Bytes, view } from '../../base/bytes.ts'
import { DecodeError } from '../../errors.ts'
import { checkDepth } from './depth.ts'
import { type DictPlan, firstPlan, nextPlan } from './dicts.ts'
import { Machine, type Operation } from './machine.ts'
import type { PickleConfig } from './options.ts'
import { containers } from './read-containers.ts'
import { objects } from './read-objects.ts'
import { scalars } from './read-scalars.ts'

const operations: readonly (Operation | undefined)[] = Array.from(
  { length: 256 },
  (_, opcode) => scalars[opcode] ?? containers[opcode] ?? objects[opcode],
)

/** @throws DecodeError, and nothing else. */
export function readPickle(bytes: Bytes, config: PickleConfig): unknown {
  try {
    return readBuffer(view(bytes), config)
  } catch (error) {
    if (error instanceof DecodeError) throw error
    throw new DecodeError('', 'pickle', reasonOf(error), error)
  }
}

function readBuffer(bytes: Buffer, config: PickleConfig): unknown {
  if (bytes.length > config.maxBytes) throw new DecodeError('', 'pickle', 'it is longer than maxBytes allows')
  let plan = firstPlan(config.dicts)
  for (;;) {
    const machine = run(bytes, config, plan)
    if (!plan.failed && plan.mode !== 'note') return resultOf(machine)
    if (plan.mode === 'notes') throw machine.fail('its dicts contradict each other')
    plan = nextPlan(plan)
  }
}

function run(bytes: Buffer, config: PickleConfig, plan: DictPlan): Machine {
  const machine = new Machine(bytes, config, plan)
  while (!machine.finished) {
    const operation = operations[machine.byte()]
    if (operation === undefined) throw machine.fail('an opcode is unknown')
    operation(machine)
  }
  return machine
}

function resultOf(machine: Machine): unknown {
  const value = machine.pop()
  if (machine.position !== machine.bytes.length) throw machine.fail('something follows its end')
  if (machine.unbuilt !== 0) throw machine.fail('a UUID has no number')
  // What holds few objects cannot be nested deeply.
  if (machine.objects > machine.config.maxDepth) checkDepth(machine, value)
  return value
}

/** Errors of our own classes name no values; whatever else V8 may throw is not repeated. */
function reasonOf(error: unknown): string {
  return error instanceof RangeError && /^(An?|The|Days|Seconds|Microseconds) /.test(error.message)
    ? error.message
    : 'its content is not valid'
}
