/** Many new devices at once, through one function, beside devices that are at work. */
import { readFileSync } from 'node:fs'
import { paginateListCertificates } from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import { connectDevice, listen } from '../helpers/device.ts'
import { eventually, logOf, openRegistration } from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

const devices = 300
const stormMs = 10_000
const publishEveryMs = 20

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

it(`onboards ${devices} new devices that show up within ten seconds, each once`, async () => {
  await using server = await startTestServer()
  const { ca } = await openRegistration(server, {
    files: { 'index.js': readFileSync('docs/examples/activate-device-v2.js', 'utf8') },
  })
  const issued = Array.from({ length: devices }, (_, index) => ca.issue({ subject: `CN=lamp-${index}` }))
  await using atWork = await listen(server, 'work/#')
  const work = startWork(atWork.client)

  const outcomes = await Promise.all(
    issued.map(async (device, index) => {
      await pause((index * stormMs) / devices)
      return connectDevice(server, { ...device, clientId: device.certificateId }).then(
        () => 'connected',
        (error: Error) => error.message,
      )
    }),
  )
  expect(outcomes).toEqual(issued.map(() => 'closed'))

  // nobody connects again, so an event that is lost leaves its device waiting for ever
  await eventually(
    async () => (await statuses(server)).every((status) => status === 'ACTIVE'),
    () => logOf(server),
  )
  const clients = await Promise.all(
    issued.map((device) => connectDevice(server, { ...device, clientId: device.certificateId })),
  )
  await Promise.all(clients.map((client) => client.endAsync()))

  const published = await work.stop()
  expect(published).toBeGreaterThan(stormMs / publishEveryMs / 2)
  const heard = await atWork.atLeast(published)
  expect(new Set(heard.map(({ payload }) => payload.toString())).size).toBe(published)
  expect(await statuses(server)).toHaveLength(devices + 1) // and the one at work
})

async function statuses(server: TestServer): Promise<string[]> {
  const found: string[] = []
  for await (const { certificates } of paginateListCertificates({ client: server.iot, pageSize: 250 }, {}))
    found.push(...certificates!.map(({ status }) => status!))
  return found
}

type Client = Awaited<ReturnType<typeof connectDevice>>

/** Publishes at QoS 1 until it is stopped, which rejects when a message was not acknowledged or the connection ended. */
function startWork(client: Client): { stop: () => Promise<number> } {
  const acknowledged: Promise<unknown>[] = []
  let ended = false
  client.once('close', () => (ended = true))
  const timer = setInterval(() => {
    const publishing = client.publishAsync('work/count', String(acknowledged.length), { qos: 1 })
    publishing.catch(() => {}) // `stop` tells
    acknowledged.push(publishing)
  }, publishEveryMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(acknowledged)
      if (ended) throw new Error('the connection of a device at work ended')
      return acknowledged.length
    },
  }
}
