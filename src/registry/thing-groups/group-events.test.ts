import { forOneAccount } from '../../../test/helpers/for-one-account.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { rootContext } from '../../../test/helpers/call-context.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { createLocalFabric } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { eventConfigurationsOperations, openRegistryEvents } from '../events/index.ts'
import { createThing } from '../things/index.ts'
import { addThingToGroup, removeThingFromGroup } from './membership-store.ts'
import { createThingGroup, deleteThingGroup } from './store.ts'

const context = rootContext('111122223333')
const { accountId, region } = context
const now = new Date('2026-05-01T12:00:00Z')

let store: Store
let events: AsyncDisposable
let heard: [topic: string, body: Record<string, unknown>][]

beforeEach(async () => {
  store = await openTestStore()
  heard = []
  const fabric = createLocalFabric()
  fabric.subscribe(accountId, '$aws/events/#', ({ topic, payload }) => {
    heard.push([topic.slice('$aws/events/'.length), JSON.parse(payload.toString()) as never])
  })
  const log = { error: () => {} } as never
  const forEachAccount = forOneAccount(accountId)
  const place = { forEachAccount, region, nodeName: '' }
  events = await openRegistryEvents({ store, fabric, ...place, log, now: () => now })
  const kinds = ['THING_GROUP', 'THING_GROUP_HIERARCHY', 'THING_GROUP_MEMBERSHIP']
  await eventConfigurationsOperations({ store, fabric, now: () => now }).UpdateEventConfigurations(
    { eventConfigurations: Object.fromEntries(kinds.map((kind) => [kind, { Enabled: true }])) },
    context,
  )
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

it('tells of groups with what is above them, and of each coming and going once', async () => {
  const wanted = { accountId, region, description: '', attributes: {}, now }
  const membership = { accountId, thingName: 'lamp', thingGroupName: 'hall' }
  await store.transact(async (db) => {
    await createThing(db, { accountId, thingName: 'lamp', attributes: {}, now })
    await createThingGroup(db, { ...wanted, thingGroupName: 'city' })
    await createThingGroup(db, { ...wanted, thingGroupName: 'house', parentGroupName: 'city' })
    await createThingGroup(db, { ...wanted, thingGroupName: 'hall', parentGroupName: 'house' })
    for (let twice = 0; twice < 2; twice++) await addThingToGroup(db, membership)
    for (let twice = 0; twice < 2; twice++) await removeThingFromGroup(db, membership)
    await addThingToGroup(db, membership)
    await deleteThingGroup(db, accountId, 'hall')
  })
  await events[Symbol.asyncDispose]() // everything is published by then
  expect(heard.map(([topic]) => topic)).toEqual([
    'thingGroup/city/created',
    'thingGroup/house/created',
    'thingGroupHierarchy/thingGroup/city/childThingGroup/house/added',
    'thingGroup/hall/created',
    'thingGroupHierarchy/thingGroup/house/childThingGroup/hall/added',
    'thingGroupMembership/thingGroup/hall/thing/lamp/added',
    'thingGroupMembership/thingGroup/hall/thing/lamp/removed',
    'thingGroupMembership/thingGroup/hall/thing/lamp/added',
    'thingGroupHierarchy/thingGroup/house/childThingGroup/hall/removed',
    'thingGroup/hall/deleted',
  ])
  const [, hall] = heard[3]!
  const names = (hall['rootToParentThingGroups'] as { groupArn: string }[]).map(({ groupArn }) => groupArn)
  expect(names.map((arn) => arn.split('/')[1])).toEqual(['city', 'house'])
  expect(hall).toMatchObject({ parentGroupName: 'house', parentGroupId: heard[1]![1]['thingGroupId'] })
  const memberships = heard.flatMap(([, { membershipId }]) => membershipId ?? [])
  expect(new Set(memberships).size).toBe(1)
})
