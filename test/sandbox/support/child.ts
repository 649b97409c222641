import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const built = new URL('../../../dist/sandbox/index.js', import.meta.url)

const script = `
import { createInterface } from 'node:readline'
import { listenSandbox } from ${JSON.stringify(built.href)}
const { apiUrl, controlUrl, network, payTo } = await listenSandbox({ speed: 1000 })
console.log(JSON.stringify({ apiUrl, controlUrl, network, payTo }))
for await (const _ of createInterface({ input: process.stdin })) {
  globalThis.gc()
  console.log(process.memoryUsage.rss())
}
`

/** The built sandbox in a process of its own, so that its memory is nobody else's. */
export async function spawnSandbox() {
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async () => JSON.parse(String((await lines.next()).value)) as unknown
  type Ready = { apiUrl: string; controlUrl: string; network: 'base-sepolia'; payTo: string }
  return {
    ...((await read()) as Ready),
    /** Bytes in memory, after a collection. */
    async residentSize(): Promise<number> {
      child.stdin.write('rss\n')
      return (await read()) as number
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'exit')
    },
  }
}
