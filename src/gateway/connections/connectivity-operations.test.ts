import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import { rootContext } from '../../../test/helpers/call-context.ts'
import type { Connections } from '../ports/index.ts'
import { openJournal, type Journal, type JournalEntry } from '../../observability/journal/index.ts'
import { createLog } from '../../lib/log.ts'
import type { Store } from '../../store/index.ts'
import { createThing } from '../../registry/things/index.ts'
import { findLastConnection } from './connectivity.ts'
import { connectivityOperations } from './connectivity-operations.ts'

const now = new Date('2026-05-01T12:00:00Z')
const accountId = '111122223333'
const context = rootContext(accountId)

let store: Store
let journal: Journal

beforeEach(async () => {
  store = await openTestStore()
  journal = openJournal({ store, log: createLog('silent'), now: () => now, maxEntries: 1000, maxAgeDays: 30 })
  await store.transact((db) => createThing(db, { accountId, thingName: 'lamp', attributes: {}, now }))
})

afterEach(async () => {
  await journal[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

/** Entries of one client, a second apart; `code` or `[code, changes]`. */
type Told = JournalEntry['code'] | [JournalEntry['code'], Partial<JournalEntry>]

const toEntries = (told: readonly Told[]): JournalEntry[] =>
  told.map((one, second) => {
    const [code, changes] = typeof one === 'string' ? [one, {}] : one
    const at = new Date(now.getTime() + second * 1000)
    return { accountId, code, at, clientId: 'lamp', thingName: 'lamp', ...changes }
  })

const secondAfter = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const live = { isCleanSession: true, keepAliveSeconds: 30, sessionExpirySeconds: 0, sourceIp: '192.0.2.7' }

function ask(connected: Record<string, string> = {}, thingName = 'lamp', includeSocketInformation = false) {
  const connections: Pick<Connections, 'find' | 'findEnded'> = {
    find: (_account, clientId) =>
      Object.hasOwn(connected, clientId)
        ? { ...live, clientId, thingName: connected[clientId], connectedAt: now.getTime() }
        : undefined,
    findEnded: () => undefined,
  }
  const operations = connectivityOperations({ store, journal, connections: () => connections as Connections })
  return operations.GetThingConnectivityData({ thingName, includeSocketInformation }, context)
}

describe('GetThingConnectivityData', () => {
  it('refuses a thing that does not exist', async () => {
    await expect(ask({}, 'stove')).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })

  it('says no more of a thing that never connected', async () => {
    expect(await ask()).toEqual({ thingName: 'lamp', connected: false })
  })

  it('finds the connection of the thing under whatever client id', async () => {
    for (const entry of toEntries([['connected', { clientId: 'serial-7' }]])) journal.record(entry)
    expect(await ask({ 'serial-7': 'lamp' })).toEqual({
      thingName: 'lamp',
      connected: true,
      timestamp: now,
      disconnectReason: 'NONE',
      clientId: 'serial-7',
      keepAliveDuration: 30,
      cleanSession: true,
      sessionExpiry: 0,
    })
  })

  it('tells the address only when it is asked for', async () => {
    expect(await ask({ lamp: 'lamp' })).not.toHaveProperty('sourceIp')
    expect(await ask({ lamp: 'lamp' }, 'lamp', true)).toMatchObject({ sourceIp: '192.0.2.7' })
  })

  it('does not take a client for the thing because it calls itself so', async () => {
    expect(await ask({ lamp: 'stove' })).toEqual({ thingName: 'lamp', connected: false })
  })

  it('finds one that is connected though another of the same thing has gone', async () => {
    const told: Told[] = [['connected', { clientId: 'one' }], 'connected', 'disconnected']
    for (const entry of toEntries(told)) journal.record(entry)
    expect(await ask({ one: 'lamp' })).toMatchObject({ connected: true, clientId: 'one' })
  })

  it('still knows after a restart how the connection ended', async () => {
    for (const entry of toEntries(['connected', 'keep-alive-timeout'])) journal.record(entry)
    await journal[Symbol.asyncDispose]()
    const options = { store, log: createLog('silent'), now: () => now, maxEntries: 1000, maxAgeDays: 30 }
    journal = openJournal(options)
    expect(await ask()).toEqual({
      thingName: 'lamp',
      connected: false,
      clientId: 'lamp',
      timestamp: secondAfter(1),
      disconnectReason: 'MQTT_KEEP_ALIVE_TIMEOUT',
    })
  })
})

describe('the last connection', () => {
  it.each<[string, Told[], number, string]>([
    ['its end', ['connected', 'disconnected'], 1, 'CLIENT_INITIATED_DISCONNECT'],
    [
      'the newest of two',
      ['connected', 'disconnected', 'connected', 'connection-lost'],
      3,
      'CONNECTION_LOST',
    ],
    ['a refusal that ended it', ['connected', 'publish-denied', 'connect-denied'], 1, 'AUTH_ERROR'],
    [
      'not a refusal before its end',
      ['connected', 'publish-denied', 'disconnected'],
      2,
      'CLIENT_INITIATED_DISCONNECT',
    ],
    [
      'not what other clients did',
      ['connected', ['disconnected', { clientId: 'x' }], 'connection-lost'],
      2,
      'CONNECTION_LOST',
    ],
    [
      'not attempts after it',
      ['connected', 'connection-deleted', 'certificate-inactive'],
      1,
      'API_INITIATED_DISCONNECT',
    ],
  ])('is told by %s', (_what, told, second, reason) => {
    expect(findLastConnection(toEntries(told))).toEqual({
      clientId: 'lamp',
      endedAt: secondAfter(second),
      reason,
    })
  })

  it('ended unknown when the server went down with it', () => {
    expect(findLastConnection(toEntries(['connected']))).toEqual({ clientId: 'lamp', reason: 'UNKNOWN' })
  })

  it.each<[string, Told[]]>([
    ['nothing is told', []],
    ['it was never let in', ['connect-denied', 'certificate-inactive']],
  ])('is none when %s', (_what, told) => {
    expect(findLastConnection(toEntries(told))).toBeUndefined()
  })
})
