/** What every client must be able to do with Muster, whoever wrote it. */
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'
import {
  makeIdentity,
  type ForeignClient,
  type Identity,
  type OpenClient,
  type OpenOptions,
} from './foreign-client.ts'

const payloadsOf = ({ received }: Pick<ForeignClient, 'received'>) => received.map(({ payload }) => payload)

export interface ClientUnderTest {
  name: string
  open: OpenClient
  /** The client cannot resume without subscribing to something, so it is given a filter that nothing matches. */
  mustSubscribe?: boolean
  /** Its leave is reason code 4, which asks for the will to be published. [MQTT-3.14.4-3] */
  leavesWithWill?: boolean
}

/** What clients come to. */
export interface Place extends AsyncDisposable {
  server: TestServer
  /** It goes, and comes back with all that it should remember. */
  restart: () => Promise<void>
}

interface Places {
  open: () => Promise<Place>
  /** Several nodes: they learn of retained messages within a second or two. */
  isCluster?: boolean
}

/** `flags` are options of the server. */
export const oneServer = (flags: Record<string, string> = {}): Places => ({
  async open() {
    const dataDir = freshDirectory()
    const start = () => startTestServer({ ...flags, dataDir })
    const place: Place = {
      server: await start(),
      async restart() {
        await place.server[Symbol.asyncDispose]()
        place.server = await start()
      },
      async [Symbol.asyncDispose]() {
        await place.server[Symbol.asyncDispose]()
        rmSync(dataDir, { recursive: true, force: true })
      },
    }
    return place
  },
})

export function describeClient(client: ClientUnderTest, places: Places = oneServer()): void {
  describe(`${client.name}`, () => {
    let place: Place
    let identity: Identity
    const opened: ForeignClient[] = []

    beforeAll(async () => {
      place = await places.open()
      identity = await makeIdentity(place.server)
    })
    afterAll(async () => {
      await Promise.all(opened.map((one) => one.vanish()))
      await place?.[Symbol.asyncDispose]()
    })

    const open = async (clientId: string, options: Partial<OpenOptions> = {}) => {
      const one = await client.open({ server: place.server, identity, clientId, ...options })
      opened.push(one)
      return one
    }
    const resumeFilters = client.mustSubscribe ? ['nothing/here'] : []

    it('publishes and subscribes, QoS 0 and 1, in order', async () => {
      const receiver = await open('receiver', { filters: ['plain/+/state'] })
      const publisher = await open('publisher')
      await publisher.publish('plain/lamp/state', 'on ☀', { qos: 1 })
      await publisher.publish('plain/lamp/state', 'off', { qos: 1 })
      await publisher.publish('plain/lamp', 'not asked for', { qos: 1 })
      await publisher.publish('plain/stove/state', 'hot', { qos: 0 })
      expect(await receiver.atLeast(3)).toEqual([
        { topic: 'plain/lamp/state', payload: 'on ☀', retain: false },
        { topic: 'plain/lamp/state', payload: 'off', retain: false },
        { topic: 'plain/stove/state', payload: 'hot', retain: false },
      ])
      await receiver.end()
      await publisher.end()
    })

    it('is refused with a certificate that may do nothing', async () => {
      const stranger = await makeIdentity(place.server, '')
      await expect(open('stranger', { identity: stranger, filters: ['plain/#'] })).rejects.toThrow(/./) // each says it in its own words
    })

    it('is mourned by its will when it vanishes, not when it takes its leave', async () => {
      const mourner = await open('mourner', { filters: ['wills/+'] })
      const polite = await open('polite', {
        filters: ['quiet'],
        will: { topic: 'wills/polite', payload: 'gone' },
      })
      await polite.end()
      const abrupt = await open('abrupt', {
        filters: ['quiet'],
        will: { topic: 'wills/abrupt', payload: 'lost' },
      })
      await abrupt.vanish()
      const wanted = client.leavesWithWill ? ['gone', 'lost'] : ['lost']
      await mourner.atLeast(wanted.length)
      expect(payloadsOf(mourner)).toEqual(wanted)
      await mourner.end()
    })

    it.skipIf(places.isCluster)('finds what was retained, until that is cleared', async () => {
      const publisher = await open('keeper')
      await publisher.publish('kept/state', 'old', { qos: 1, retain: true })
      await publisher.publish('kept/state', 'new', { qos: 1, retain: true })
      const early = await open('early', { filters: ['kept/state'] })
      await early.atLeast(1)
      expect(early.received).toEqual([{ topic: 'kept/state', payload: 'new', retain: true }])
      await early.end()
      await publisher.publish('kept/state', '', { qos: 1, retain: true })
      const late = await open('late', { filters: ['kept/state'] })
      await publisher.publish('kept/state', 'live', { qos: 1 })
      await late.atLeast(1)
      expect(late.received).toEqual([{ topic: 'kept/state', payload: 'live', retain: false }])
      await late.end()
      await publisher.end()
    })

    it('shares a subscription: each message reaches one of the group', async () => {
      const workers = [
        await open('worker-1', { filters: ['$share/crew/jobs/+'] }),
        await open('worker-2', { filters: ['$share/crew/jobs/+'] }),
      ]
      const watcher = await open('watcher', { filters: ['jobs/+'] })
      const publisher = await open('foreman')
      const jobs = Array.from({ length: 30 }, (_, index) => `job ${index}`)
      for (const job of jobs) await publisher.publish('jobs/now', job, { qos: 1 })
      await watcher.atLeast(jobs.length)
      await expect.poll(() => workers.flatMap(payloadsOf).length).toBe(jobs.length)
      expect(new Set(workers.flatMap(payloadsOf))).toEqual(new Set(jobs))
      for (const worker of workers) expect(worker.received.length).toBeGreaterThan(0)
      for (const one of [...workers, watcher, publisher]) await one.end()
    })

    it('gets what came while it was away, once, and forgets it all with a clean session', async () => {
      const filters = ['away/+']
      const publisher = await open('postman')
      const before = await open('traveller', { isPersistent: true, filters })
      await before.end()
      await publisher.publish('away/mail', 'letter 1', { qos: 1 })
      await publisher.publish('away/mail', 'letter 2', { qos: 1 })
      const back = await open('traveller', { isPersistent: true, filters: resumeFilters })
      await back.atLeast(2)
      await publisher.publish('away/mail', 'letter 3', { qos: 1 })
      await back.atLeast(3)
      expect(payloadsOf(back)).toEqual(['letter 1', 'letter 2', 'letter 3'])
      await back.end()
      const fresh = await open('traveller', { filters: ['other/mail'] })
      await publisher.publish('away/mail', 'letter 4', { qos: 1 })
      await publisher.publish('other/mail', 'parcel', { qos: 1 })
      await fresh.atLeast(1)
      expect(payloadsOf(fresh)).toEqual(['parcel'])
      await fresh.end()
      await publisher.end()
    })

    it('resumes its session after the server was restarted', async () => {
      const before = await open('resident', { isPersistent: true, filters: ['home/+'] })
      await before.end()
      const publisher = await open('visitor')
      await publisher.publish('home/door', 'rang before the restart', { qos: 1 })
      await publisher.end()
      await place.restart()
      const back = await open('resident', { isPersistent: true, filters: resumeFilters })
      const again = await open('visitor')
      await again.publish('home/door', 'rang after the restart', { qos: 1 })
      await back.atLeast(2)
      expect(payloadsOf(back)).toEqual(['rang before the restart', 'rang after the restart'])
      await back.end()
      await again.end()
    })
  })
}
