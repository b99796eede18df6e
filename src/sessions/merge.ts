import type { Fields } from './fields.ts'
import { isSame } from './same.ts'

/** A field that two requests changed at once; `undefined` where it is absent. */
export interface Conflict {
  /** What this request loaded. */
  readonly base: unknown
  /** What it makes of it. */
  readonly mine: unknown
  /** What somebody else saved meanwhile. */
  readonly theirs: unknown
}

/** Settles a {@link Conflict}; `undefined` removes the field. It may be asked again when somebody saves once more. */
export type Merge = (field: string, conflict: Conflict) => unknown

/**
 * What becomes of fields that were `base` when this request loaded them, are `mine` now and `theirs` in the store: each
 * field that only one side changed is as that side has it. Where both did, `settle` decides, else mine wins. It decides
 * where both made the same of it as well: two that counted one up did not mean one.
 */
export function mergeFields(base: Fields, mine: Fields, theirs: Fields, settle?: Merge): Fields {
  const merged = new Map<string, unknown>()
  for (const name of new Set([...theirs.keys(), ...mine.keys()])) {
    const value = mergeField(name, { base: base.get(name), mine: mine.get(name), theirs: theirs.get(name) }, settle)
    if (value !== undefined) merged.set(name, value)
  }
  return merged
}

function mergeField(name: string, conflict: Conflict, settle: Merge | undefined): unknown {
  const { base, mine, theirs } = conflict
  if (isSame(mine, base)) return theirs
  if (settle === undefined || isSame(theirs, base)) return mine
  return settle(name, conflict)
}
