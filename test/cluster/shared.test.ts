/** Shared subscriptions whose members are at two nodes: real server processes, a real PostgreSQL and NATS. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDevices, publishByApi, type Connected, type Device } from '../helpers/cluster-devices.ts'
import { isClusterAbsent, openCluster, type TestCluster } from '../helpers/cluster.ts'
import type { ServerProcess } from '../helpers/server.ts'

const isAbsent = isClusterAbsent()

let cluster: TestCluster
let a: ServerProcess
let b: ServerProcess
let deviceOf: (name: string) => Device

beforeAll(async () => {
  if (isAbsent) return
  cluster = await openCluster()
  ;[a, b] = await Promise.all([cluster.startNode('a'), cluster.startNode('b')])
  deviceOf = await openDevices(a)
})

afterAll(async () => {
  await Promise.all([a?.[Symbol.asyncDispose](), b?.[Symbol.asyncDispose]()])
  await cluster?.[Symbol.asyncDispose]()
})

async function join(node: ServerProcess, name: string, filter: string, clean = false): Promise<Connected> {
  const member = await deviceOf(name).connect(node, { clean })
  await member.client.subscribeAsync(filter, { qos: 1 })
  return member
}

const inOrder = (texts: readonly string[]) => texts.toSorted((one, other) => Number(one) - Number(other))
const upTo = (count: number) => Array.from({ length: count }, (_, at) => String(at))
const textsOf = (...members: Connected[]) => inOrder(members.flatMap((member) => member.texts()))
const endAll = (...connected: Connected[]) => Promise.all(connected.map(({ client }) => client.endAsync()))

describe.skipIf(isAbsent)('a shared subscription', () => {
  it.each([
    ['sessions that are kept', 1, false],
    ['sessions that are not', 1, true],
    ['QoS 0', 0, false],
  ] as const)('gives each message to one member, at whichever node: %s', async (title, qos, isClean) => {
    const group = `group${title.length}`
    const filter = `$share/${group}/foo/${group}`
    const members = [
      await join(a, `${group}-one`, filter, isClean),
      await join(b, `${group}-two`, filter, isClean),
    ]
    const publishers = [
      await deviceOf(`${group}-at-a`).connect(a, { clean: true }),
      await deviceOf(`${group}-at-b`).connect(b, { clean: true }),
    ]
    for (const text of upTo(60))
      await publishers[Number(text) % 2]?.client.publishAsync(`foo/${group}`, text, { qos })
    await expect.poll(() => textsOf(...members)).toEqual(upTo(60))
    for (const member of members) {
      const texts = member.texts()
      expect(texts.length).toBeGreaterThan(0)
      for (const half of [0, 1]) {
        const ofOne = texts.filter((text) => Number(text) % 2 === half)
        expect(ofOne).toEqual(inOrder(ofOne)) // of each publisher
      }
    }
    await endAll(...members, ...publishers)
  })

  it('keeps what comes while no member is there, for whichever node one comes to', async () => {
    const first = await join(a, 'away', '$share/late/foo/late')
    await first.client.endAsync()
    for (const text of upTo(5)) await publishByApi(Number(text) % 2 ? a : b, 'foo/late', text)
    const again = await deviceOf('away').connect(b)
    expect(again.isPresent).toBe(true)
    await expect.poll(() => textsOf(again)).toEqual(upTo(5))
    await endAll(again)
  })

  it('loses nothing that was acknowledged when a node with members is killed', async () => {
    const filter = '$share/workers/foo/work'
    const [one, two] = [await join(a, 'worker-1', filter), await join(b, 'worker-2', filter)]
    const three = await join(b, 'worker-3', filter, true)
    const publisher = await deviceOf('boss').connect(a, { clean: true })
    const acknowledged = new Set<string>()
    for (const text of upTo(120)) {
      if (text === '60') await b.kill()
      await publisher.client.publishAsync('foo/work', text, { qos: 1 })
      acknowledged.add(text)
    }
    expect(acknowledged.size).toBe(120)
    const again = await deviceOf('worker-2').connect(a)
    expect(again.isPresent).toBe(true)
    await expect
      .poll(() => inOrder([...new Set(textsOf(one, two, three, again))]), { timeout: 60_000 })
      .toEqual(upTo(120))
    await endAll(one, again, publisher)
    b = await cluster.startNode('b')
  })
})
