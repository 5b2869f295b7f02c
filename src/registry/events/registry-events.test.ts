import { forOneAccount } from '../../../test/helpers/for-one-account.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { rootContext } from '../../../test/helpers/call-context.ts'
import { patienceMs } from '../../../test/helpers/patience.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { createLocalFabric, NoRoomError, type Fabric, type Message } from '../../fabric/in-process/index.ts'
import { tryOut, type Store } from '../../store/index.ts'
import { eventConfigurationsOperations } from './operations.ts'
import { noteEvent, openRegistryEvents, type RegistryEvents } from './registry-events.ts'
import { adoptRegistryEvents, insertEvent, listWaiting } from './store.ts'

const accountId = '111122223333'
const other = '444455556666'
const at = new Date('2026-05-01T12:00:00Z')

let store: Store
let fabric: Fabric
let events: RegistryEvents
let heard: Message[]
let errors: unknown[]

const open = () =>
  openRegistryEvents({
    store,
    fabric,
    forEachAccount: forOneAccount(accountId),
    region: 'us-east-1',
    now: () => at,
    nodeName: '',
    log: { error: (fields: object) => void errors.push(fields) } as never,
  })

beforeEach(async () => {
  heard = []
  errors = []
  store = await openTestStore()
  fabric = createLocalFabric({ onError: () => {} })
  fabric.subscribe(accountId, '$aws/events/#', (message) => void heard.push(message))
  events = await open()
})

afterEach(async () => {
  await events[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const operations = () => eventConfigurationsOperations({ store, fabric, now: () => at })
const switchOn = (account = accountId) =>
  operations().UpdateEventConfigurations(
    { eventConfigurations: { THING: { Enabled: true } } },
    rootContext(account),
  )
const note = (name: string, account = accountId) =>
  store.transact(async (db) => {
    await noteEvent(db, account, 'THING', () => ({ topic: `thing/${name}`, members: { name } }))
  })
/** Each by itself, as far as its name says: where queries are ways to the database, they are done side by side. */
const noteBeside = (names: readonly string[]) =>
  Promise.all(
    names.map((name) =>
      store.transact(
        async (db) => {
          await noteEvent(db, accountId, 'THING', () => ({ topic: `thing/${name}`, members: { name } }))
        },
        undefined,
        [name],
      ),
    ),
  )
const waiting = () => listWaiting(store.read, '', 100)
const until = (fact: () => unknown) => vi.waitFor(fact, { timeout: patienceMs })
const topics = () => heard.map(({ topic }) => topic)

describe('an event', () => {
  it('is published after its transaction, once, and is forgotten then', async () => {
    await switchOn()
    await Promise.all(['a', 'b', 'c'].map((name) => note(name)))
    await until(() => expect(heard).toHaveLength(3))
    await until(async () => expect(await waiting()).toEqual([]))
    expect(topics()).toEqual(['$aws/events/thing/a', '$aws/events/thing/b', '$aws/events/thing/c'])
    const [first] = heard.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as object)
    const eventId = expect.stringMatching(/^[0-9a-f-]{36}$/) as string
    expect(first).toEqual({ eventType: 'THING_EVENT', eventId, timestamp: at.getTime(), name: 'a' })
    expect(heard[0]).toMatchObject({ accountId, qos: 1, retain: false })
  })

  it('is published of works that share nothing and are done beside each other, too', async () => {
    await switchOn()
    await noteBeside(['a', 'b', 'c'])
    await until(() =>
      expect(topics().toSorted()).toEqual(['a', 'b', 'c'].map((name) => `$aws/events/thing/${name}`)),
    )
  })

  it('is not even described while its type is switched off', async () => {
    await store.transact(async (db) => {
      await noteEvent(db, accountId, 'THING', () => {
        throw new Error('asked for')
      })
    })
    await switchOn()
    await operations().UpdateEventConfigurations(
      { eventConfigurations: { THING: { Enabled: false } } },
      rootContext(accountId),
    )
    await note('a')
    expect(await waiting()).toEqual([])
  })

  it('belongs to the account that wants it', async () => {
    await switchOn(other)
    await note('a')
    expect(await waiting()).toEqual([])
  })

  it('that is undone with its transaction, or only tried out, is never told', async () => {
    await switchOn()
    const undone = store.transact(async (db) => {
      await noteEvent(db, accountId, 'THING', () => ({ topic: 'thing/undone', members: {} }))
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    await tryOut(store, async (db) => {
      await noteEvent(db, accountId, 'THING', () => ({ topic: 'thing/tried', members: {} }))
    })
    await note('kept')
    await until(() => expect(topics()).toEqual(['$aws/events/thing/kept']))
  })

  it('that waited when the server stopped is published when it has started again', async () => {
    await switchOn()
    await events[Symbol.asyncDispose]()
    await store.transact((db) => insertEvent(db, { accountId, topic: '$aws/events/left', payload: '{}' }, ''))
    events = await open()
    expect(heard).toEqual([])
    events.resume()
    await until(() => expect(topics()).toEqual(['$aws/events/left']))
  })

  it('of a node that is gone is published by the one that adopts it', async () => {
    const left = { accountId, topic: '$aws/events/left', payload: '{}' }
    await store.transact((db) => insertEvent(db, left, 'gone'))
    events.look()
    await note('a')
    expect(heard).toEqual([])
    await store.transact((db) => adoptRegistryEvents(db, { from: 'gone', to: '' }))
    events.look()
    await until(() => expect(topics()).toEqual(['$aws/events/left']))
  })

  it('is kept, and published again, while somebody could not take it in', async () => {
    let isBroken = true
    fabric.subscribe(accountId, '$aws/events/thing/a', () =>
      isBroken ? Promise.reject(new Error('disk full')) : undefined,
    )
    await switchOn()
    await note('a')
    await until(() => expect(errors).toHaveLength(1))
    expect(await waiting()).toHaveLength(1)
    isBroken = false
    events.look()
    await until(async () => expect(await waiting()).toEqual([]))
    const ids = heard.map(({ payload }) => (JSON.parse(payload.toString()) as { eventId: string }).eventId)
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
  })

  it('does not wait for a subscriber without room', async () => {
    fabric.subscribe(accountId, '$aws/events/thing/a', () => Promise.reject(new NoRoomError()))
    await switchOn()
    await note('a')
    await until(async () => expect([heard.length, await waiting()]).toEqual([1, []]))
    expect(errors).toEqual([])
  })

  it('is not lost among more than go into one transaction', async () => {
    await switchOn()
    await store.transact(async (db) => {
      for (let index = 0; index < 600; index++)
        await noteEvent(db, accountId, 'THING', () => ({ topic: `thing/${index}`, members: {} }))
    })
    await until(async () => expect(await waiting()).toEqual([]))
    expect(new Set(topics()).size).toBe(600)
    expect(heard).toHaveLength(600)
  })
})
