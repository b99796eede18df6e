const columns = {
  scenario: ({ title }) => title,
  calls: ({ result }) => result.calls,
  answered: ({ result }) => result.answered,
  failed: ({ result }) => failures(result.failed),
  'slowest, ms': ({ result }) => Math.round(result.slowestMs),
  'first success after, ms': ({ result }) => result.firsts.map(({ ms }) => Math.ceil(ms)).join(' and ') || '-',
  wrong: ({ result }) => result.wrong,
  lost: ({ result }) => result.lost,
  'heap growth, MiB': ({ result }) => (result.heapGrowth / 1024 / 1024).toFixed(1),
  'longest stall, ms': ({ result }) => Math.round(result.stallMs),
  unhandled: ({ result }) => result.unhandled,
}

/** The results as a table of Markdown. */
export function toTable(outcomes) {
  const names = Object.keys(columns)
  const rows = outcomes.map((outcome) => Object.values(columns).map((cell) => String(cell(outcome))))
  return [names, names.map((_, index) => (index === 0 || index === 3 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function failures(failed) {
  const all = Object.entries(failed).toSorted(([, a], [, b]) => b - a)
  return all.map(([code, count]) => `${count} \`${code}\``).join(', ') || '0'
}
