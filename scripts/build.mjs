import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { root, show } from './run.mjs'

await rm(join(root, 'dist'), { recursive: true, force: true })
process.exitCode = await show(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'])
