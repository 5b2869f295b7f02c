import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listTags } from '../tags/index.ts'
import {
  arn,
  context,
  elsewhere,
  nameAndArn,
  now,
  openTestGroups,
  type TestGroups,
} from './testing/test-groups.ts'

let store: TestGroups['store']
let changes: TestGroups['changes']
let detachedFrom: TestGroups['detachedFrom']
let operations: TestGroups['operations']
let things: TestGroups['things']
let createGroup: TestGroups['createGroup']

beforeEach(
  async () =>
    void ({ store, changes, detachedFrom, operations, things, createGroup } = await openTestGroups()),
)
afterEach(() => store[Symbol.asyncDispose]())

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
