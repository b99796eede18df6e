import type { Servers } from './redis.ts'

/** Several as one: what is done is done to each of them. */
export function together(members: readonly Servers[]): Servers {
  const each = async (what: (member: Servers) => Promise<void>): Promise<void> => {
    await Promise.all(members.map(what))
  }
  const close = (): Promise<void> => each((member) => member.close())
  return {
    pause: () => members.forEach((member) => member.pause()),
    resume: () => members.forEach((member) => member.resume()),
    kill: () => each((member) => member.kill()),
    restart: () => each((member) => member.restart()),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** All that are being started, or none: when one fails, the others are closed. */
export async function allStarted<Member extends Servers>(starting: readonly Promise<Member>[]): Promise<Member[]> {
  const outcomes = await Promise.allSettled(starting)
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed === undefined) return started
  await together(started).close()
  throw failed.reason
}
