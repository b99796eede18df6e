import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { ignoredOptions } from '../../../src/django/alias.ts'
import { ignoredPoolArguments } from '../../../src/django/pool-arguments.ts'

it('every setting that is passed over stands in the documentation', () => {
  const page = readFileSync(new URL('../../../docs/django.md', import.meta.url), 'utf8')

  const missing = [...ignoredOptions, ...ignoredPoolArguments].filter((name) => !page.includes(`\`${name}\``))

  expect(missing).toEqual([])
})
