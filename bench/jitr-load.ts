/** A child process: new devices show up one after the other, each once, and are closed without an answer. */
import { connectDevice, type DeviceOptions } from '../test/helpers/device.ts'
import type { TestServer } from '../test/helpers/server.ts'

export interface Storm {
  server: Pick<TestServer, 'endpoints' | 'rootCa'>
  devices: DeviceOptions[]
  /** From the first device to the last. */
  durationMs: number
}

async function showUp({ server, durationMs, devices }: Storm, index: number): Promise<void> {
  const device = devices[index]
  if (!device) return
  await new Promise((resolve) => setTimeout(resolve, (index * durationMs) / devices.length))
  const outcome = await connectDevice(server as TestServer, device).then(
    () => 'connected',
    (error: Error) => error.message,
  )
  if (outcome !== 'closed') throw new Error(`a new device should be closed without an answer, not ${outcome}`)
}

process.on('message', (storm: Storm) => {
  Promise.all(storm.devices.map((_, index) => showUp(storm, index))).then(
    () => process.send?.({ done: true }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
