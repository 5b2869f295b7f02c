/**
 * A child process: connects devices over MQTT and keeps them connected without a word, until it is killed. Says when
 * all are in, and when the server closes one of them.
 */
import { readFileSync } from 'node:fs'
import { connectRaw, type BenchDevice } from './raw-client.ts'

export interface IdleLoad {
  port: number
  caFile: string
  /** File with a JSON list of `BenchDevice`. */
  devicesFile: string
  from: number
  to: number
  concurrency: number
}

export interface ClosedByServer {
  clientId: string
  /** Nanoseconds of the machine's monotonic clock, which all processes share. */
  closedAt: string
}

async function run(load: IdleLoad): Promise<void> {
  const devices = JSON.parse(readFileSync(load.devicesFile, 'utf8')) as BenchDevice[]
  const waiting = devices.slice(load.from, load.to)
  const target = { port: load.port, ca: readFileSync(load.caFile, 'utf8'), groups: 'X25519' }
  const lanes = Array.from({ length: load.concurrency }, async () => {
    for (let device = waiting.shift(); device; device = waiting.shift()) {
      const { clientId } = device
      const client = await connectRaw(target, device)
      client.onClosed = () => {
        const closed: ClosedByServer = { clientId, closedAt: process.hrtime.bigint().toString() }
        process.send?.({ closed })
      }
    }
  })
  await Promise.all(lanes)
}

process.on('message', (load: IdleLoad) => {
  run(load).then(
    () => process.send?.({ result: {} }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
