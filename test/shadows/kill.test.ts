import {
  GetThingShadowCommand,
  IoTDataPlaneClient,
  UpdateThingShadowCommand,
} from '@aws-sdk/client-iot-data-plane'
import { expect, it } from 'vitest'
import { connectOperator } from '../helpers/device.ts'
import { startServerProcess } from '../helpers/server.ts'

it('keeps what was acknowledged when the server is killed in the middle of updates', async () => {
  await using first = await startServerProcess()
  const { dataDir } = first
  const client = await connectOperator(first)
  const acknowledged = new Map<string, number>()
  const update = async (thingName: string, n: number) => {
    const payload = `{"state":{"reported":{"n":${n}}}}`
    await client.publishAsync(`$aws/things/${thingName}/shadow/update`, payload, { qos: 1 })
    acknowledged.set(thingName, n)
  }
  /** Without end: the kill is the end. */
  const report = async (thingName: string) => {
    for (let n = 1; ; n++) await update(thingName, n)
  }
  const things = Array.from({ length: 20 }, (_, index) => `kill-${index}`)
  const reports = Promise.allSettled(things.map((thingName) => report(thingName)))
  while ([...acknowledged.values()].filter((n) => n > 10).length < things.length)
    await update('clock', acknowledged.size)
  await first.kill()
  client.end(true)
  expect((await reports).every(({ status }) => status === 'rejected')).toBe(true)
  await using second = await startServerProcess({ 'data-dir': dataDir })
  const reader = new IoTDataPlaneClient({
    endpoint: second.endpoints.apiUrl,
    region: second.endpoints.region,
    credentials: second.rootKey,
  })
  for (const thingName of things) {
    const { payload } = await reader.send(new GetThingShadowCommand({ thingName }))
    const { version, state } = JSON.parse(payload!.transformToString()) as {
      version: number
      state: { reported: { n: number } }
    }
    expect(version).toBe(state.reported.n) // each update took effect once, in order
    expect(version - acknowledged.get(thingName)!).toBeOneOf([0, 1])
    const next = Buffer.from(`{"state":{"reported":{"n":0}},"version":${version}}`)
    await reader.send(new UpdateThingShadowCommand({ thingName, payload: next }))
  }
  reader.destroy()
})
