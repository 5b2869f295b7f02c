import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { listTags } from '../tags/index.ts'
import { thingsOperations } from '../things/index.ts'
import { allGroupsOfThing } from './membership-store.ts'
import { thingGroupsOperations } from './operations.ts'
import { rootContext } from '../../../test/helpers/call-context.ts'

const now = new Date('2026-05-01T12:00:00Z')
const context = rootContext('111122223333')
const elsewhere = rootContext('444455556666')
const arn = (name: string) => `arn:aws:iot:us-east-1:111122223333:thinggroup/${name}`
const nameAndArn = (name: string) => ({ groupName: name, groupArn: arn(name) })

let store: Store
let changes: Change[]
let detachedFrom: string[]
let operations: ReturnType<typeof thingGroupsOperations>
let things: ReturnType<typeof thingsOperations>

beforeEach(async () => {
  store = await openTestStore()
  changes = []
  detachedFrom = []
  const fabric = { announce: async (...announced: Change[]) => void changes.push(...announced) }
  const detachPolicies = async (_: unknown, __: string, target: string) => void detachedFrom.push(target)
  operations = thingGroupsOperations({ store, fabric, now: () => now, detachPolicies })
  things = thingsOperations({ store, fabric, now: () => now, principalExists: async () => true })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

const createGroup = (thingGroupName: string, parentGroupName?: string) =>
  operations.CreateThingGroup({ thingGroupName, parentGroupName }, context)
const describeGroup = (thingGroupName: string) => operations.DescribeThingGroup({ thingGroupName }, context)
const attributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, 'x']))

describe('CreateThingGroup', () => {
  const house = {
    thingGroupName: 'house',
    thingGroupProperties: {
      thingGroupDescription: 'all of it',
      attributePayload: { attributes: { b: '2', a: '1' } },
    },
  }

  it('makes a group that DescribeThingGroup shows, with its tags', async () => {
    const tags = [{ Key: 'team', Value: 'light' }]
    const { thingGroupId } = await operations.CreateThingGroup({ ...house, tags }, context)
    expect(await describeGroup('house')).toEqual({
      ...house,
      thingGroupId,
      thingGroupArn: arn('house'),
      version: 1,
      thingGroupMetadata: {
        parentGroupName: undefined,
        rootToParentThingGroups: undefined,
        creationDate: now,
      },
    })
    expect(await listTags(store.read, context.accountId, arn('house'))).toEqual(tags)
    expect(changes).toEqual([{ accountId: '111122223333', kind: 'thing-group', id: 'house' }])
  })

  it('under others shows the way from the root to the parent', async () => {
    await createGroup('house')
    await createGroup('floor', 'house')
    await createGroup('room', 'floor')
    expect(await describeGroup('room')).toMatchObject({
      thingGroupMetadata: {
        parentGroupName: 'floor',
        rootToParentThingGroups: [nameAndArn('house'), nameAndArn('floor')],
      },
      thingGroupProperties: {},
    })
  })

  it('with the same properties once more finds the same group', async () => {
    const first = await operations.CreateThingGroup(house, context)
    expect(await operations.CreateThingGroup(house, context)).toEqual(first)
  })

  it('with the same attributes in another order finds the same group, as their order has no meaning', async () => {
    const first = await operations.CreateThingGroup(house, context)
    const attributePayload = { attributes: { a: '1', b: '2' } }
    const thingGroupProperties = { ...house.thingGroupProperties, attributePayload }
    const again = await operations.CreateThingGroup({ ...house, thingGroupProperties }, context)
    expect(again).toEqual(first)
  })

  it.each([
    ['other properties', { thingGroupProperties: { thingGroupDescription: 'half of it' } }],
    ['no properties', { thingGroupProperties: undefined }],
    ['a parent', { parentGroupName: 'street' }],
  ])('with %s refuses a name that is taken', async (_, change) => {
    await createGroup('street')
    const { thingGroupId } = await operations.CreateThingGroup(house, context)
    await expect(operations.CreateThingGroup({ ...house, ...change }, context)).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      members: { resourceId: thingGroupId, resourceArn: arn('house') },
    })
  })

  it('refuses the eighth level', async () => {
    await createGroup('level-1')
    for (let level = 2; level <= 7; level++) await createGroup(`level-${level}`, `level-${level - 1}`)
    await expect(createGroup('level-8', 'level-7')).rejects.toMatchObject({ code: 'InvalidRequestException' })
    await expect(describeGroup('level-8')).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })

  it('refuses the hundred-and-first child', async () => {
    await createGroup('house')
    await Promise.all(Array.from({ length: 100 }, (_, n) => createGroup(`room-${n}`, 'house')))
    await expect(createGroup('room-100', 'house')).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })

  it.each([
    ['an unknown parent', { parentGroupName: 'street' }, 'ResourceNotFoundException'],
    ['itself as parent', { parentGroupName: 'house' }, 'ResourceNotFoundException'],
    [
      'fifty-one attributes',
      { thingGroupProperties: { attributePayload: { attributes: attributes(51) } } },
      'InvalidRequestException',
    ],
  ])('with %s is refused', async (_, input, code) => {
    await expect(
      operations.CreateThingGroup({ thingGroupName: 'house', ...input }, context),
    ).rejects.toMatchObject({ code })
    expect(changes).toEqual([])
  })
})

describe('UpdateThingGroup', () => {
  const properties = { thingGroupDescription: 'd', attributePayload: { attributes: { a: '1', b: '2' } } }

  beforeEach(async () => {
    await operations.CreateThingGroup({ thingGroupName: 'house', thingGroupProperties: properties }, context)
  })

  it.each([
    ['replaces attributes', { attributePayload: { attributes: { c: '3' } } }, 'd', { c: '3' }],
    [
      'merges attributes',
      { attributePayload: { attributes: { a: '', c: '3' }, merge: true } },
      'd',
      { b: '2', c: '3' },
    ],
    ['keeps what it does not name', { thingGroupDescription: 'e' }, 'e', { a: '1', b: '2' }],
  ])('%s', async (_, thingGroupProperties, description, expected) => {
    const update = { thingGroupName: 'house', thingGroupProperties, expectedVersion: 1 }
    expect(await operations.UpdateThingGroup(update, context)).toEqual({ version: 2 })
    expect(await describeGroup('house')).toMatchObject({
      version: 2,
      thingGroupProperties: {
        thingGroupDescription: description,
        attributePayload: { attributes: expected },
      },
    })
  })

  it('an empty description and no attributes leave no properties', async () => {
    const thingGroupProperties = { thingGroupDescription: '', attributePayload: { attributes: {} } }
    await operations.UpdateThingGroup({ thingGroupName: 'house', thingGroupProperties }, context)
    expect((await describeGroup('house')).thingGroupProperties).toEqual({})
  })

  it.each([
    ['of an unknown group', { thingGroupName: 'yard' }, 'ResourceNotFoundException'],
    ['of another version', { expectedVersion: 2 }, 'VersionConflictException'],
    [
      'to fifty-one attributes',
      { thingGroupProperties: { attributePayload: { attributes: attributes(51) } } },
      'InvalidRequestException',
    ],
  ])('%s is refused and changes nothing', async (_, input, code) => {
    const update = { thingGroupName: 'house', thingGroupProperties: { thingGroupDescription: 'e' }, ...input }
    await expect(operations.UpdateThingGroup(update, context)).rejects.toMatchObject({ code })
    expect(await describeGroup('house')).toMatchObject({ version: 1, thingGroupProperties: properties })
  })
})

describe('DeleteThingGroup', () => {
  it('takes its policies, tags, and memberships along, and leaves its things', async () => {
    const tags = [{ Key: 'team', Value: 'light' }]
    await operations.CreateThingGroup({ thingGroupName: 'house', tags }, context)
    await things.CreateThing({ thingName: 'lamp' }, context)
    await operations.AddThingToThingGroup({ thingGroupName: 'house', thingName: 'lamp' }, context)
    await operations.DeleteThingGroup({ thingGroupName: 'house', expectedVersion: 1 }, context)
    await expect(describeGroup('house')).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    expect(detachedFrom).toEqual([arn('house')])
    expect(await listTags(store.read, context.accountId, arn('house'))).toEqual([])
    expect(await operations.ListThingGroupsForThing({ thingName: 'lamp' }, context)).toMatchObject({
      thingGroups: [],
    })
  })

  it('of a group that is not there is success', async () => {
    await operations.DeleteThingGroup({ thingGroupName: 'house' }, context)
    expect(detachedFrom).toEqual([])
  })

  it('is refused while it has child groups', async () => {
    await createGroup('house')
    await createGroup('floor', 'house')
    await expect(operations.DeleteThingGroup({ thingGroupName: 'house' }, context)).rejects.toMatchObject({
      code: 'InvalidRequestException',
      message: 'Cannot delete thing group : house when there are still child groups attached to it',
    })
    await operations.DeleteThingGroup({ thingGroupName: 'floor' }, context)
    await operations.DeleteThingGroup({ thingGroupName: 'house' }, context)
  })

  it('of another version is refused', async () => {
    await createGroup('house')
    const stale = operations.DeleteThingGroup({ thingGroupName: 'house', expectedVersion: 3 }, context)
    await expect(stale).rejects.toMatchObject({ code: 'VersionConflictException' })
  })
})

describe('ListThingGroups', () => {
  beforeEach(async () => {
    await createGroup('house')
    await createGroup('floor-1', 'house')
    await createGroup('floor-2', 'house')
    await createGroup('room', 'floor-1')
    await createGroup('yard')
    await operations.CreateThingGroup({ thingGroupName: 'theirs' }, elsewhere)
  })

  const names = async (input: Parameters<typeof operations.ListThingGroups>[0]) =>
    (await operations.ListThingGroups(input, context)).thingGroups.map((group) => group.groupName)

  it.each([
    ['every group', {}, ['floor-1', 'floor-2', 'house', 'room', 'yard']],
    ['the groups at the top', { recursive: false }, ['house', 'yard']],
    ['what is under a group', { parentGroup: 'house' }, ['floor-1', 'floor-2', 'room']],
    ['what is right under a group', { parentGroup: 'house', recursive: false }, ['floor-1', 'floor-2']],
    ['nothing under a group that has none', { parentGroup: 'room' }, []],
    ['by the beginning of the name', { namePrefixFilter: 'floor' }, ['floor-1', 'floor-2']],
    ['by both', { parentGroup: 'house', namePrefixFilter: 'r' }, ['room']],
  ])('finds %s', async (_, input, expected) => {
    expect(await names(input)).toEqual(expected)
  })

  it('pages by name', async () => {
    const first = await operations.ListThingGroups({ maxResults: 3 }, context)
    expect(first.thingGroups).toEqual(['floor-1', 'floor-2', 'house'].map(nameAndArn))
    expect(await names({ maxResults: 3, nextToken: first.nextToken })).toEqual(['room', 'yard'])
  })

  it.each([
    ['an unknown parent', { parentGroup: 'street' }, 'ResourceNotFoundException'],
    ['a group of another account', { parentGroup: 'theirs' }, 'ResourceNotFoundException'],
    ['a token that no list gave out', { nextToken: '%' }, 'InvalidRequestException'],
  ])('refuses %s', async (_, input, code) => {
    await expect(names(input)).rejects.toMatchObject({ code })
  })
})

describe('memberships', () => {
  beforeEach(async () => {
    await createGroup('house')
    await createGroup('floor', 'house')
    await createGroup('room', 'floor')
    await createGroup('yard')
    await things.CreateThing({ thingName: 'lamp' }, context)
    await things.CreateThing({ thingName: 'bell' }, context)
    changes.length = 0
  })

  const add = (thingName: string, thingGroupName: string) =>
    operations.AddThingToThingGroup({ thingName, thingGroupName }, context)
  const groupsOf = async (thingName: string) =>
    (await operations.ListThingGroupsForThing({ thingName }, context)).thingGroups.map(
      (group) => group.groupName,
    )

  it('a thing is in the groups it was added to, and under all that are above them', async () => {
    await add('lamp', 'room')
    await add('lamp', 'yard')
    expect(await operations.ListThingGroupsForThing({ thingName: 'lamp' }, context)).toMatchObject({
      thingGroups: [nameAndArn('room'), nameAndArn('yard')],
    })
    const all = await allGroupsOfThing(store.read, context.accountId, 'lamp')
    expect(all).toEqual(['floor', 'house', 'room', 'yard'].map(nameAndArn))
    expect(changes.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'thing lamp',
      'thing-group room',
      'thing lamp',
      'thing-group yard',
    ])
  })

  it('adding twice, and removing what is not there, is success', async () => {
    await add('lamp', 'room')
    await add('lamp', 'room')
    expect(await groupsOf('lamp')).toEqual(['room'])
    const removal = { thingName: 'lamp', thingGroupName: 'room' }
    await operations.RemoveThingFromThingGroup(removal, context)
    await operations.RemoveThingFromThingGroup(removal, context)
    expect(await groupsOf('lamp')).toEqual([])
  })

  it('ARNs do as well as names', async () => {
    const thingArn = 'arn:aws:iot:us-east-1:111122223333:thing/lamp'
    await operations.AddThingToThingGroup({ thingArn, thingGroupArn: arn('yard') }, context)
    expect(await groupsOf('lamp')).toEqual(['yard'])
  })

  it.each([
    [false, []],
    [true, ['bell', 'lamp']],
  ])('the things of a group above others, recursive %s: %j', async (recursive, expected) => {
    await add('lamp', 'room')
    await add('bell', 'floor')
    const { things: names } = await operations.ListThingsInThingGroup(
      { thingGroupName: 'house', recursive },
      context,
    )
    expect(names).toEqual(expected)
  })

  it('pages through the groups of a thing', async () => {
    for (const group of ['yard', 'room']) await add('lamp', group)
    const input = { thingName: 'lamp', maxResults: 1 }
    const first = await operations.ListThingGroupsForThing(input, context)
    const second = await operations.ListThingGroupsForThing({ ...input, nextToken: first.nextToken }, context)
    expect([first.thingGroups, second.thingGroups, second.nextToken]).toEqual([
      [nameAndArn('room')],
      [nameAndArn('yard')],
      undefined,
    ])
  })

  it('pages through the things of a group', async () => {
    await add('lamp', 'yard')
    await add('bell', 'yard')
    const input = { thingGroupName: 'yard', maxResults: 1 }
    const first = await operations.ListThingsInThingGroup(input, context)
    const second = await operations.ListThingsInThingGroup({ ...input, nextToken: first.nextToken }, context)
    expect([first.things, second.things, second.nextToken]).toEqual([['bell'], ['lamp'], undefined])
  })

  it.each([1, 2, 3])('pages through the things below a group, %i at a time', async (maxResults) => {
    const expected = []
    for (const group of ['floor', 'house', 'room'])
      for (const place of [1, 2]) {
        const thingName = `${group}-${3 - place}`
        await things.CreateThing({ thingName }, context)
        await add(thingName, group)
        expected.push(`${group}-${place}`)
      }
    await add('lamp', 'yard') // elsewhere
    const found: (string | undefined)[] = []
    let nextToken: string | undefined
    do {
      const input = { thingGroupName: 'house', recursive: true, maxResults, nextToken }
      const page = await operations.ListThingsInThingGroup(input, context)
      found.push(...(page.things ?? []))
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    expect(found).toEqual(expected)
  })

  it('a token of one group shows nothing of another', async () => {
    for (const thingName of ['bell', 'lamp']) await add(thingName, 'yard')
    const { nextToken } = await operations.ListThingsInThingGroup(
      { thingGroupName: 'yard', recursive: true, maxResults: 1 },
      context,
    )
    expect(nextToken).toBeDefined()
    const elsewhere = { thingGroupName: 'floor', recursive: true, nextToken }
    expect(await operations.ListThingsInThingGroup(elsewhere, context)).toMatchObject({ things: [] })
  })

  it('goes on below a group only where a recursive list stopped', async () => {
    for (const thingName of ['bell', 'lamp']) await add(thingName, 'yard')
    const { nextToken } = await operations.ListThingsInThingGroup(
      { thingGroupName: 'yard', maxResults: 1 },
      context,
    )
    const input = { thingGroupName: 'yard', recursive: true, nextToken }
    await expect(operations.ListThingsInThingGroup(input, context)).rejects.toThrow(
      'not one that a recursive list gave out',
    )
  })

  it('a deleted thing is in no group', async () => {
    await add('lamp', 'yard')
    await things.DeleteThing({ thingName: 'lamp' }, context)
    const { things: names } = await operations.ListThingsInThingGroup({ thingGroupName: 'yard' }, context)
    expect(names).toEqual([])
  })

  it('UpdateThingGroupsForThing moves a thing inside a hierarchy', async () => {
    await add('lamp', 'room')
    await operations.UpdateThingGroupsForThing(
      { thingName: 'lamp', thingGroupsToAdd: ['floor', 'yard'], thingGroupsToRemove: ['room'] },
      context,
    )
    expect(await groupsOf('lamp')).toEqual(['floor', 'yard'])
  })

  it('UpdateThingGroupsForThing that fails in part changes nothing', async () => {
    await add('lamp', 'room')
    const update = { thingName: 'lamp', thingGroupsToAdd: ['yard', 'street'], thingGroupsToRemove: ['room'] }
    await expect(operations.UpdateThingGroupsForThing(update, context)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
    expect(await groupsOf('lamp')).toEqual(['room'])
  })

  it.each(['house', 'floor'])('a thing in "room" cannot join %j of the same hierarchy', async (group) => {
    await add('lamp', 'room')
    await expect(add('lamp', group)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    expect(await groupsOf('lamp')).toEqual(['room'])
  })

  it('a thing cannot join an eleventh group', async () => {
    for (let n = 1; n <= 10; n++) {
      await createGroup(`group-${n}`)
      await add('lamp', `group-${n}`)
    }
    await expect(add('lamp', 'yard')).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })

  it.each([
    ['adding an unknown thing', () => add('torch', 'yard'), 'ResourceNotFoundException'],
    ['adding to an unknown group', () => add('lamp', 'street'), 'ResourceNotFoundException'],
    [
      'removing an unknown thing',
      () => operations.RemoveThingFromThingGroup({ thingName: 'torch', thingGroupName: 'yard' }, context),
      'ResourceNotFoundException',
    ],
    [
      'removing from an unknown group',
      () => operations.RemoveThingFromThingGroup({ thingName: 'lamp', thingGroupName: 'street' }, context),
      'ResourceNotFoundException',
    ],
    [
      'adding without a group',
      () => operations.AddThingToThingGroup({ thingName: 'lamp' }, context),
      'InvalidRequestException',
    ],
    [
      'adding without a thing',
      () => operations.AddThingToThingGroup({ thingGroupName: 'yard' }, context),
      'InvalidRequestException',
    ],
    [
      'adding by the ARN of another account',
      () =>
        operations.AddThingToThingGroup(
          { thingName: 'lamp', thingGroupArn: 'arn:aws:iot:us-east-1:444455556666:thinggroup/yard' },
          context,
        ),
      'InvalidRequestException',
    ],
    [
      'updating the groups of no thing',
      () => operations.UpdateThingGroupsForThing({ thingGroupsToAdd: ['yard'] }, context),
      'InvalidRequestException',
    ],
    [
      'listing the things of an unknown group',
      () => operations.ListThingsInThingGroup({ thingGroupName: 'street' }, context),
      'ResourceNotFoundException',
    ],
    [
      'listing the groups of an unknown thing',
      () => operations.ListThingGroupsForThing({ thingName: 'torch' }, context),
      'ResourceNotFoundException',
    ],
  ])('%s is refused', async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ code })
    expect(changes).toEqual([])
  })
})
