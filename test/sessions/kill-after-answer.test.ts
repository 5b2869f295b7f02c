/** What the server acknowledges is on the disk already: it is killed as soon as the acknowledgement is read. */
import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { IPublishPacket } from 'mqtt-packet'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'
import { createIdentity, targetOf } from './identity.ts'
import { LightClient, type LightTarget } from './light-client.ts'

const dataDir = freshDirectory()
let server: ServerProcess
let target: LightTarget

const start = () => startServerProcess({ 'data-dir': dataDir, 'log-level': 'error' })

beforeAll(async () => {
  server = await start()
  target = targetOf(server, await createIdentity(server))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Kills it without a turn of the event loop in between, and starts it again. */
async function killNow(): Promise<void> {
  await server.kill()
  server = await start()
  target = { ...target, port: server.endpoints.mqttPort }
}

/**
 * Something to write all the time, in several transactions at once: commits wait for company then, which leaves time
 * to notice an answer that does not wait for its commit.
 */
async function keepBusy(): Promise<LightClient[]> {
  return Promise.all(
    [0, 1, 2, 3, 4, 5, 6, 7].map(async (index) => {
      const { client } = await LightClient.open(target, `busy-${index}`, ignore, { clean: true })
      void publishOn(client, `busy/${index}`)
      return client
    }),
  )
}

async function publishOn(client: LightClient, topic: string): Promise<void> {
  while (client.isOpen) {
    await client.publishOnce(topic, 'x', { retain: true })
    await pause(20) // not faster than a client may
  }
}

const ignore = () => {}
const openClean = async (clientId: string) =>
  (await LightClient.open(target, clientId, ignore, { clean: true })).client

it('keeps a session from CONNACK on', async () => {
  await keepBusy()
  expect((await LightClient.open(target, 'lamp')).isSessionPresent).toBe(false)
  await killNow()
  expect((await LightClient.open(target, 'lamp')).isSessionPresent).toBe(true)
})

it('has nothing of an old session any more once a clean client has CONNACK', async () => {
  const { client } = await LightClient.open(target, 'tidy')
  await client.disconnect()
  await keepBusy()
  await openClean('tidy')
  await killNow()
  expect((await LightClient.open(target, 'tidy')).isSessionPresent).toBe(false)
})

it('keeps what changed a subscription from SUBACK and UNSUBACK on, a message from PUBACK on', async () => {
  const texts: string[] = []
  const open = async () => {
    const onMessage = ({ payload, messageId }: IPublishPacket, from: LightClient) => {
      texts.push(payload.toString())
      from.acknowledge(messageId!)
    }
    return (await LightClient.open(target, 'reader', onMessage)).client
  }
  const first = await open()
  await keepBusy()
  await first.subscribe('news')
  await killNow()
  await keepBusy()
  await (await openClean('writer')).publishOnce('news', 'kept')
  await killNow()
  await keepBusy()
  const again = await open()
  await expect.poll(() => texts).toEqual(['kept'])
  await again.unsubscribe('news')
  await killNow()
  await (await openClean('writer')).publishOnce('news', 'for nobody')
  await (await open()).ping()
  expect(texts).not.toContain('for nobody')
})
