/** A child process: Muster, and how large its heap is when asked. Run with `--expose-gc`. */
import { parseConfig } from '../src/server/config.ts'
import { startServer } from '../src/server/server.ts'

export interface HeapSample {
  heapMb: number
  /** Outside the heap of V8: buffers. */
  externalMb: number
  residentMb: number
}

const toMb = (bytes: number) => bytes / 1024 / 1024

const [, , dataDir = ''] = process.argv
const flags = { dataDir, apiPort: '0', mqttPort: '0', httpsPort: '0', logLevel: 'error' }
const server = await startServer(parseConfig({ flags, environment: {} }))

process.on('disconnect', () => void server[Symbol.asyncDispose]())
process.on('message', () => {
  if (!globalThis.gc) throw new Error('run with --expose-gc')
  for (let pass = 0; pass < 3; pass += 1) globalThis.gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  const sample: HeapSample = { heapMb: toMb(heapUsed), externalMb: toMb(external), residentMb: toMb(rss) }
  process.send?.(sample)
})
process.send?.('ready')
