import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { describe, expect, inject, it } from 'vitest'

const dist = join(import.meta.dirname, '../../dist')

interface Program {
  readonly child: ChildProcess
  readonly output: Promise<string>
}

function run(script: string): Program {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { child, output: text(child.stdout) }
}

function useCache(last: string): string {
  return `
    import { createCache } from ${JSON.stringify(join(dist, 'index.js'))}
    const cache = createCache(${JSON.stringify(inject('redisUrl'))})
    await cache.set('exit', 1)
    ${last}
    console.log('done')
  `
}

describe('a process', () => {
  it('that closed its cache ends by itself', async () => {
    const { child, output } = run(useCache('await cache.close()'))

    expect(await output).toBe('done\n')
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(0)
  })

  it('that leaves its cache open is kept alive by the connection', async () => {
    const { child } = run(useCache(''))
    if (child.stdout !== null) await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 500))

    const wasAlive = child.exitCode === null
    child.kill('SIGKILL')
    await once(child, 'exit')

    expect(wasAlive).toBe(true)
  })

  it('that started a server and left it paused takes it and its folder along, also when it is killed', async () => {
    const { child, output } = run(`
      import { startRedis } from ${JSON.stringify(join(dist, 'testing/index.js'))}
      const server = await startRedis()
      server.pause()
      process.stdout.write(server.pid + ' ' + server.folder, () => process.kill(process.pid, 'SIGKILL'))
    `)
    const [pid, folder] = (await output).split(' ') as [string, string]
    if (child.signalCode === null) await once(child, 'exit')

    await expect.poll(() => existsSync(folder) || isAlive(Number(pid)), { timeout: 5000 }).toBe(false)
  })

  it('that started a server and never closed it ends by itself', async () => {
    const { child, output } = run(`
      import { startRedis } from ${JSON.stringify(join(dist, 'testing/index.js'))}
      const server = await startRedis()
      console.log(await server.ask('PING'))
    `)

    expect(await output).toBe('PONG\n')
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(0)
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
