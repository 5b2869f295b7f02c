import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { freshDirectory, startServerProcess } from '../helpers/server.ts'
import { createIdentity, targetOf } from './identity.ts'
import { LightClient, type LightTarget } from './light-client.ts'
import { patienceMs } from '../helpers/patience.ts'

const sessionCount = 1000
/** Each is subscribed to by as many sessions. */
const topicCount = 50
const publisherCount = 10
/** Of one publisher, unacknowledged. */
const publishWindow = 20
const acceptedBeforeKill = 400
const concurrentConnects = 40

const topicOf = (index: number) => `news/${index % topicCount}`
const clientIdOf = (index: number) => `lamp-${index}`

/** What one session was sent, over all its connections: by text, the DUP flag of each time. */
class Received {
  readonly byText = new Map<string, boolean[]>()

  add(text: string, isDuplicate: boolean): void {
    const known = this.byText.get(text)
    if (known) known.push(isDuplicate)
    else this.byText.set(text, [isDuplicate])
  }
}

it('brings every acknowledged message to all of 1,000 persistent sessions when killed with messages in flight', async () => {
  const dataDir = freshDirectory()
  let server = await startServerProcess({ 'data-dir': dataDir, 'log-level': 'error' })
  const identity = await createIdentity(server)
  const received = Array.from({ length: sessionCount }, () => new Received())
  const clients = await openSessions(targetOf(server, identity), received, { isSubscribing: true })
  // half of them stay away, half have messages in flight when the server dies
  await inLanes(clients.slice(sessionCount / 2), async (client) => client.disconnect())
  const traffic = await startTraffic(targetOf(server, identity))
  while (traffic.accepted.size < acceptedBeforeKill) await pause(5)
  // these are sent what waited for them, and are cut off before they acknowledge all of it
  const returned = await returnSome(targetOf(server, identity), received)
  await pause(randomInt(0, 20))
  await server.kill()
  traffic.stop()
  for (const client of [...clients, ...returned]) client.destroy()
  const beforeKill = received.reduce((sum, { byText }) => sum + byText.size, 0)
  expect(beforeKill, 'nothing was in flight').toBeGreaterThan(0)

  server = await startServerProcess({ 'data-dir': dataDir, 'log-level': 'error' })
  const again = await openSessions(targetOf(server, identity), received, { isSubscribing: false })
  await untilComplete(received, traffic.accepted)
  await inLanes(again, (client) => client.ping()) // what else there is has come by now

  const twiceWithoutDup = received.flatMap(({ byText }, index) =>
    [...byText].filter(([, flags]) => flags.slice(1).includes(false)).map(([text]) => `${index}: ${text}`),
  )
  expect(twiceWithoutDup).toEqual([])
  const duplicates = received.flatMap(({ byText }) => [...byText.values()].filter(({ length }) => length > 1))
  expect(duplicates.length, 'nothing was redelivered').toBeGreaterThan(0)
  for (const client of again) client.destroy()
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Every seventh message is left unacknowledged, so that there is something to redeliver. */
async function openSessions(
  target: LightTarget,
  received: readonly Received[],
  { isSubscribing }: { isSubscribing: boolean },
): Promise<LightClient[]> {
  return inLanes([...received.entries()], async ([index, session]) => {
    const open = LightClient.open(target, clientIdOf(index), ({ payload, dup, messageId }, client) => {
      session.add(payload.toString(), dup)
      if (!isSubscribing || messageId! % 7 !== 0) client.acknowledge(messageId!)
    })
    const { client, isSessionPresent } = await open
    expect(isSessionPresent).toBe(!isSubscribing)
    if (isSubscribing) await client.subscribe(topicOf(index))
    return client
  })
}

/** The last hundred, which are away, one after another in lanes. */
async function returnSome(target: LightTarget, received: readonly Received[]): Promise<LightClient[]> {
  return inLanes([...received.entries()].slice(-100), async ([index, session]) => {
    const { client } = await LightClient.open(
      target,
      clientIdOf(index),
      ({ payload, dup, messageId }, from) => {
        session.add(payload.toString(), dup)
        if (messageId! % 7 !== 0) from.acknowledge(messageId!)
      },
    )
    return client
  })
}

/** Texts are `<topic number>/<unique>`. */
async function startTraffic(target: LightTarget) {
  const accepted = new Set<string>()
  let isStopped = false
  await inLanes([...Array(publisherCount).keys()], async (index) => {
    const { client } = await LightClient.open(target, `publisher-${index}`)
    const unacknowledged = new Map<number, string>()
    let count = 0
    const publish = () => {
      if (isStopped) return
      const packetId = (count++ % 65_535) + 1
      const topic = randomInt(topicCount)
      const text = `${topic}/${index}-${count}`
      unacknowledged.set(packetId, text)
      client.publish(topicOf(topic), text, packetId)
    }
    client.onPuback = (packetId) => {
      accepted.add(unacknowledged.get(packetId)!)
      unacknowledged.delete(packetId)
      publish()
    }
    for (let open = 0; open < publishWindow; open++) publish()
  })
  return { accepted, stop: () => (isStopped = true) }
}

/** @throws {Error} naming some that do not come */
async function untilComplete(received: readonly Received[], accepted: ReadonlySet<string>): Promise<void> {
  const findMissing = () =>
    [...accepted].flatMap((text) =>
      [...received.entries()]
        .filter(([index]) => index % topicCount === Number(text.split('/')[0]))
        .filter(([, { byText }]) => !byText.has(text))
        .map(([index]) => `${text} for ${clientIdOf(index)}`),
    )
  const deadline = Date.now() + patienceMs
  for (let missing = findMissing(); missing.length > 0; missing = findMissing()) {
    if (Date.now() > deadline) throw new Error(`${missing.length} missing: ${missing.slice(0, 5).join(', ')}`)
    await pause(200)
  }
}

async function inLanes<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = [...items.entries()]
  const lanes = Array.from({ length: concurrentConnects }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results[next[0]] = await work(next[1])
  })
  await Promise.all(lanes)
  return results
}
