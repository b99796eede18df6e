import { readFileSync } from 'node:fs'

const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

/** The sources of what the manifest exports: from there, all else must be reached. */
const doors = Object.values(exports)
  .filter((door) => typeof door === 'object')
  .map((door) => `${door.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')}!`)

export default {
  entry: [
    ...doors,
    'scripts/*.mjs!',
    'bench/*.mjs',
    'examples/**/*.{mjs,ts}',
    'test/**/*.test.ts',
    'test/support/global-setup.ts',
    'test/types/*.ts',
  ],
  project: ['src/**/*.ts!', 'test/**/*.ts', 'scripts/*.mjs', 'bench/**/*.mjs', 'examples/**/*.{mjs,ts}'],
  ignoreExportsUsedInFile: { interface: true, type: true },
}
