import { readFileSync } from 'node:fs'

const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

/** The sources of what the manifest exports: from there, all else must be reached. */
const doors = Object.values(exports)
  .filter((door) => typeof door === 'object')
  .map((door) => door.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))

const programs = ['scripts/*.mjs', 'bench/**/*.mjs', 'examples/**/*.{mjs,ts}']

export default {
  entry: [...doors, ...programs, 'test/types/*.ts'],
  project: ['src/**/*.ts', 'test/**/*.ts', ...programs],
  ignoreExportsUsedInFile: { interface: true, type: true },
  // Run by their paths in scripts/check.mjs.
  ignoreDependencies: ['@arethetypeswrong/cli', 'oxlint', 'oxlint-tsgolint', 'publint'],
  ignoreBinaries: ['apt-get', 'openssl'],
}
