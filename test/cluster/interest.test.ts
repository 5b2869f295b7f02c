/** What nodes tell each other of the topics that somebody listens to: two real nodes, and whoever reads along on NATS. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isClusterAbsent, openCluster, type TestCluster } from '../helpers/cluster.ts'
import { listen } from '../helpers/device.ts'
import type { ServerProcess } from '../helpers/server.ts'
import { startAgain } from './kill-loop.ts'
import { readAlong } from './read-along.ts'

describe.skipIf(isClusterAbsent())('two nodes', () => {
  let cluster: TestCluster
  let a: ServerProcess
  let b: ServerProcess
  beforeAll(async () => {
    cluster = await openCluster()
    ;[a, b] = await Promise.all([startAgain(cluster, 'a'), startAgain(cluster, 'b')])
  })
  afterAll(async () => {
    await Promise.all([a?.[Symbol.asyncDispose](), b?.[Symbol.asyncDispose]()])
    await cluster?.[Symbol.asyncDispose]()
  })

  it.each([true, false])(
    'have a message of QoS 0 from one for who has just had a SUBACK at the other, each time (clean: %s)',
    async (clean) => {
      await using publisher = await listen(a, 'nothing', `publisher-${clean}`)
      await using hearing = await listen(b, 'nothing else', `hearing-${clean}`, { clean })
      const filters = Array.from({ length: 30 }, (_, at) => ({
        filter: `foo/${clean}/${at}${['', '/#', '/+'][at % 3]}`,
        topic: `foo/${clean}/${at}${['', '/x/y', '/z'][at % 3]}`,
      }))
      for (const [at, { filter, topic }] of filters.entries()) {
        await hearing.client.subscribeAsync(filter)
        publisher.client.publish(topic, 'at once')
        await hearing.atLeast(at + 1)
      }
      expect((await hearing.atLeast(filters.length)).map(({ topic }) => topic)).toEqual(
        filters.map(({ topic }) => topic),
      )
    },
  )

  it('send nothing that nobody at the other one listens to, and nothing any more once nobody does', async () => {
    const frames: string[] = []
    await using _reading = await readAlong(cluster, 'b', (frame) => {
      frames.push(Buffer.from(frame).toString('latin1'))
    })
    await using atA = await listen(a, 'only/+', 'only-a')
    await using atB = await listen(b, 'both/#', 'both-b')
    await atA.client.publishAsync('only/a', 'a secret of a', { qos: 1 })
    await atA.client.publishAsync('both/1', 'for both', { qos: 1 })
    await Promise.all([atA.atLeast(1), atB.atLeast(1)])
    await atB.client.unsubscribeAsync('both/#')
    await using later = await listen(b, 'later', 'later-b')
    let tries = 0
    const hasStopped = async () => {
      const mark = `still there ${++tries}`
      await atA.client.publishAsync('both/2', mark, { qos: 1 })
      await atA.client.publishAsync('only/a', 'after it', { qos: 1 })
      await atA.client.publishAsync('later', 'the frame after it', { qos: 1 })
      await later.atLeast(tries)
      return !frames.some((frame) => frame.includes(mark))
    }
    await expect.poll(hasStopped).toBe(true)
    const sent = frames.join('')
    expect(sent).toContain('for both')
    expect(sent).not.toContain('a secret of a')
    expect(sent).not.toContain('presence')
  })
})
