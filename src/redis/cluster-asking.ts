import { BreakerOpenError, ConnectionError, DeadlineError } from '../errors.ts'
import type { Budget } from './budget.ts'
import type { ClusterNode } from './cluster-nodes.ts'
import type { SlotCommand } from './cluster.ts'
import type { Command, Link, Reply } from './link.ts'
import { commandFailure } from './refusal.ts'
import { isRepeatable } from './repeatable.ts'
import { Turn, turnOf } from './turn.ts'

/** One command of a caller, and the time it has. */
export interface Call extends SlotCommand {
  readonly operation: string
  readonly budget: Budget
}

/** Where a command goes. */
export interface Step {
  readonly node: ClusterNode
  /** Its slot is only on its way to that node. */
  readonly asking: boolean
}

/** What one of several commands came to. */
export type Answer = Reply | Turn | Error

/** The answer of one node, or where to go instead. Nothing is sent once the time is up. */
export async function ask({ node, asking }: Step, { operation, command, budget }: Call): Promise<Reply | Turn> {
  if (budget.isOver) return forever()
  let sent = false
  try {
    return await node.guard.within(budget.ms).call(operation, (link) => {
      if (budget.isOver) return forever()
      sent = true
      return sendOn(link, node, command, asking)
    })
  } catch (error) {
    const outcome = afterFailure(node, error, { command, sent })
    if (outcome instanceof Turn) return outcome
    throw outcome
  }
}

/** The answers of one node to several commands sent together; what came before it fell silent counts. */
export async function askAll(node: ClusterNode, operation: string, calls: readonly Call[]): Promise<readonly Answer[]> {
  const answers = Array.from<Answer | undefined>({ length: calls.length })
  let sent = false
  const guard = node.guard.within(calls[0]?.budget.ms ?? node.guard.deadlineMs)
  const failure = await guard
    .call(operation, (link) => {
      if (calls[0]?.budget.isOver === true) return forever()
      sent = true
      return collect(link, node, calls, answers)
    })
    .catch((error: unknown) => error)
  return calls.map(({ command }, place) => {
    const answer = answers[place]
    // A miss is an answer: null.
    return answer === undefined ? afterFailure(node, failure, { command, sent }) : answer
  })
}

/** Puts each answer into its place. @throws what ended the connection, when all have settled */
async function collect(
  link: Link,
  node: ClusterNode,
  calls: readonly Call[],
  answers: (Answer | undefined)[],
): Promise<void> {
  const losses: unknown[] = []
  const refused = (place: number, operation: string, error: unknown): void => {
    const failure = commandFailure(link.server, operation, error)
    if (failure instanceof ConnectionError) losses.push(error)
    else answers[place] = failure
  }
  await Promise.all(
    calls.map(({ command, operation }, place) =>
      sendOn(link, node, command, false).then(
        (answer) => void (answers[place] = answer),
        (error: unknown) => refused(place, operation, error),
      ),
    ),
  )
  if (losses.length > 0) throw losses[0]
}

/** What a failure of a node means for a command: to be sent elsewhere, unless it may have been done. */
function afterFailure(
  node: ClusterNode,
  error: unknown,
  { command, sent }: { readonly command: Command; readonly sent: boolean },
): Turn | Error {
  if (isAway(error)) node.complain()
  if (!(error instanceof ConnectionError) || (sent && !isRepeatable(command))) return error as Error
  return new Turn({ kind: 'lost', error, sent })
}

/** Whether another node may have taken its place. One behind an open breaker is looked for in the background: calls do not wait. */
function isAway(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof DeadlineError || error instanceof BreakerOpenError
}

/** A command for a key that is on its way to this node is taken only right after `ASKING`. */
function sendOn(link: Link, { place }: ClusterNode, command: Command, asking: boolean): Promise<Reply | Turn> {
  if (asking) link.send(['ASKING']).catch(() => undefined)
  return link.send(command).catch((error: unknown) => {
    const turn = turnOf(error, place)
    if (turn === undefined) throw error
    return turn
  })
}

function forever(): Promise<never> {
  return new Promise(() => undefined)
}
