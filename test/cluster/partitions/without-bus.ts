/** A node that is cut off from NATS alone serves on; what docs/cluster.md says of it. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Connected } from '../../helpers/cluster-devices.ts'
import { cut, mend } from './networks.ts'
import type { Outcome } from './outcome.ts'
import type { Place } from './place.ts'

const cutMs = 12_000
/** What the log of messages brings takes a second without a word from the bus. */
const keptMs = 5000
const recoverMs = 30_000

export async function withoutBus({ nodes, deviceOf }: Place): Promise<Outcome> {
  const [first, second] = nodes
  const kept = await deviceOf('kept').connect(first!, { clean: false })
  await kept.client.subscribeAsync('foo/kept', { qos: 1 })
  const clean = await deviceOf('clean').connect(first!, { clean: true })
  await clean.client.subscribeAsync('foo/clean', { qos: 0 })
  const publisher = (await deviceOf('publisher').connect(second!, { clean: true })).client
  await publisher.publishAsync('foo/clean', 'before')
  const before = await untilHeard(clean, 'before', keptMs)
  cut('a', 'bus')
  const cutAt = performance.now()
  await publisher.publishAsync('foo/kept', 'meanwhile', { qos: 1 })
  const whileCut = await untilHeard(kept, 'meanwhile', recoverMs)
  await wait(Math.max(0, cutMs - (performance.now() - cutAt)))
  mend('a', 'bus')
  const mendedAt = performance.now()
  let again: number | undefined
  for (let number = 0; again === undefined && performance.now() - mendedAt < recoverMs; number++) {
    await publisher.publishAsync('foo/clean', `after ${number}`)
    if ((await untilHeard(clean, 'after', 200)) !== undefined) again = performance.now() - mendedAt
  }
  const faults = [
    ...(before === undefined ? ['nothing passed before'] : []),
    ...(whileCut === undefined || whileCut > keptMs
      ? ['a kept session waited too long for its message']
      : []),
    ...(again === undefined ? [`clean sessions hear nothing ${recoverMs} ms after the cut`] : []),
    ...(kept.client.connected && clean.client.connected ? [] : ['its devices were closed']),
  ]
  for (const { client } of [kept, clean, { client: publisher }]) client.end(true)
  const figures = {
    'QoS 1 to a session that is kept, ms': whileCut ?? 'never',
    'clean sessions hear again, ms': again ?? 'never',
  }
  return { what: 'cut off from NATS alone', figures, faults }
}

/** Milliseconds; undefined when none that begins so came in time. */
async function untilHeard(device: Connected, text: string, timeoutMs: number): Promise<number | undefined> {
  const begunAt = performance.now()
  while (performance.now() - begunAt < timeoutMs) {
    if (device.texts().some((one) => one.startsWith(text))) return performance.now() - begunAt
    await wait(10)
  }
  return undefined
}
