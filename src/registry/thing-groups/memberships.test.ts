import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allGroupsOfThing } from './membership-store.ts'
import { arn, context, nameAndArn, openTestGroups, type TestGroups } from './testing/test-groups.ts'

let store: TestGroups['store']
let changes: TestGroups['changes']
let operations: TestGroups['operations']
let things: TestGroups['things']
let createGroup: TestGroups['createGroup']

beforeEach(async () => void ({ store, changes, operations, things, createGroup } = await openTestGroups()))
afterEach(() => store[Symbol.asyncDispose]())

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
