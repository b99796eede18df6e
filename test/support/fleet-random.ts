import { randomInt } from 'node:crypto'

import { randomFrom } from './mutations.ts'

/** Told by each file, so that the same delays can be had again: `FLEET_SEED=1234 npm test -- test/fleet`. */
const seed = Number(process.env['FLEET_SEED'] ?? randomInt(1_000_000))

/** Random numbers of this run: 0 up to, not including, `limit`. */
export function fleetRandom(title: string): (limit: number) => number {
  console.log(`${title}: FLEET_SEED=${seed}`)
  return randomFrom(seed)
}

/** Does `work` for each of so many rounds, some of them at once: each of those has a place of its own. */
export async function inRounds(
  rounds: number,
  places: number,
  work: (round: number, place: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const run = async (place: number): Promise<void> => {
    for (let round = next++; round < rounds; round = next++) await work(round, place).catch(failed)
  }
  const failed = (error: unknown): never => {
    next = rounds
    throw error
  }
  // Nothing of a test goes on when it has failed.
  const endings = await Promise.allSettled(Array.from({ length: places }, (_, place) => run(place)))
  const failure = endings.find((ending) => ending.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
