import { memoryStore } from '../stores/memory.ts'
import type { Store } from '../stores/store.ts'
import { parsePythonInteger } from './python.ts'
import { checkNames, given, type Section, subsection, textAt } from './section.ts'

/** Aliases of one LOCATION share it, as in Django; the first one's MAX_ENTRIES counts. */
export function memoryOf(alias: Section, memories: Map<string, Store>): Store {
  const name = textAt(alias, 'LOCATION') ?? ''
  const options = subsection(alias, 'OPTIONS')
  checkNames(options, ['MAX_ENTRIES', 'CULL_FREQUENCY', 'max_entries', 'cull_frequency'])
  const known = memories.get(name)
  if (known !== undefined) return known
  const most = given(alias, 'max_entries') ?? given(options, 'MAX_ENTRIES') ?? given(alias, 'MAX_ENTRIES') ?? 300
  const entries = typeof most === 'string' ? parsePythonInteger(most) : most
  const maxEntries = typeof entries === 'number' && Number.isInteger(entries) && entries > 0 ? entries : 300
  const store = memoryStore({ maxEntries })
  memories.set(name, store)
  return store
}
