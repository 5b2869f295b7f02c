import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Store } from '../../store/index.ts'
import { listTags } from '../tags/index.ts'
import { thingsOperations } from '../things/index.ts'
import { billingGroupsOperations } from './operations.ts'
import { rootContext } from '../../../test/helpers/call-context.ts'

const now = new Date('2026-05-01T12:00:00Z')
const context = rootContext('111122223333')
const elsewhere = rootContext('444455556666')
const arn = (name: string) => `arn:aws:iot:us-east-1:111122223333:billinggroup/${name}`
const ours = {
  billingGroupName: 'ours',
  billingGroupProperties: { billingGroupDescription: 'what we pay for' },
}

let store: Store
let operations: ReturnType<typeof billingGroupsOperations>
let things: ReturnType<typeof thingsOperations>

beforeEach(async () => {
  store = await openTestStore()
  const fabric = { announce: async () => {} }
  operations = billingGroupsOperations({ store, fabric, now: () => now })
  things = thingsOperations({ store, fabric, now: () => now, principalExists: async () => true })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

const describeOurs = () => operations.DescribeBillingGroup({ billingGroupName: 'ours' }, context)

describe('billing groups', () => {
  it('are described as created, with their tags', async () => {
    const tags = [{ Key: 'cost-center', Value: '12' }]
    const { billingGroupId } = await operations.CreateBillingGroup({ ...ours, tags }, context)
    expect(await describeOurs()).toEqual({
      ...ours,
      billingGroupId,
      billingGroupArn: arn('ours'),
      version: 1,
      billingGroupMetadata: { creationDate: now },
    })
    expect(await listTags(store.read, context.accountId, arn('ours'))).toEqual(tags)
  })

  it('are found when created the same once more', async () => {
    const first = await operations.CreateBillingGroup(ours, context)
    expect(await operations.CreateBillingGroup(ours, context)).toEqual(first)
  })

  it('are refused when created otherwise under a name that is taken', async () => {
    const { billingGroupId } = await operations.CreateBillingGroup(ours, context)
    await expect(operations.CreateBillingGroup({ billingGroupName: 'ours' }, context)).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      members: { resourceId: billingGroupId, resourceArn: arn('ours') },
    })
  })

  it('are updated version by version', async () => {
    await operations.CreateBillingGroup(ours, context)
    const update = { billingGroupName: 'ours', billingGroupProperties: { billingGroupDescription: 'new' } }
    expect(await operations.UpdateBillingGroup({ ...update, expectedVersion: 1 }, context)).toEqual({
      version: 2,
    })
    await expect(
      operations.UpdateBillingGroup({ ...update, expectedVersion: 1 }, context),
    ).rejects.toMatchObject({ code: 'VersionConflictException' })
    expect(await describeOurs()).toMatchObject({ version: 2, ...update })
  })

  it('are listed by name, by its beginning, and in pages', async () => {
    for (const billingGroupName of ['ours', 'other', 'theirs'])
      await operations.CreateBillingGroup({ billingGroupName }, context)
    await operations.CreateBillingGroup({ billingGroupName: 'elsewhere' }, elsewhere)
    const first = await operations.ListBillingGroups({ maxResults: 2 }, context)
    const second = await operations.ListBillingGroups({ maxResults: 2, nextToken: first.nextToken }, context)
    expect([...first.billingGroups, ...second.billingGroups]).toEqual(
      ['other', 'ours', 'theirs'].map((groupName) => ({ groupName, groupArn: arn(groupName) })),
    )
    const found = await operations.ListBillingGroups({ namePrefixFilter: 'o' }, context)
    expect(found.billingGroups.map((group) => group.groupName)).toEqual(['other', 'ours'])
  })

  it('go with their tags, and leave their things', async () => {
    await operations.CreateBillingGroup({ ...ours, tags: [{ Key: 'a', Value: 'b' }] }, context)
    await things.CreateThing({ thingName: 'lamp', billingGroupName: 'ours' }, context)
    await operations.DeleteBillingGroup({ billingGroupName: 'ours', expectedVersion: 1 }, context)
    await expect(describeOurs()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    expect(await things.DescribeThing({ thingName: 'lamp' }, context)).toMatchObject({
      billingGroupName: undefined,
    })
    expect(await listTags(store.read, context.accountId, arn('ours'))).toEqual([])
  })

  it('that are not there are deleted with success', async () => {
    const deletion = operations.DeleteBillingGroup({ billingGroupName: 'ours' }, context)
    await expect(deletion).resolves.toBeUndefined()
  })

  it('of another version are not deleted', async () => {
    await operations.CreateBillingGroup(ours, context)
    const stale = operations.DeleteBillingGroup({ billingGroupName: 'ours', expectedVersion: 2 }, context)
    await expect(stale).rejects.toMatchObject({ code: 'VersionConflictException' })
  })
})

describe('things in billing groups', () => {
  beforeEach(async () => {
    await operations.CreateBillingGroup({ billingGroupName: 'ours' }, context)
    await operations.CreateBillingGroup({ billingGroupName: 'theirs' }, context)
    for (const thingName of ['bell', 'lamp']) await things.CreateThing({ thingName }, context)
  })

  const add = (thingName: string, billingGroupName: string) =>
    operations.AddThingToBillingGroup({ thingName, billingGroupName }, context)
  const remove = (thingName: string, billingGroupName: string) =>
    operations.RemoveThingFromBillingGroup({ thingName, billingGroupName }, context)
  const groupOf = async (thingName: string) =>
    (await things.DescribeThing({ thingName }, context)).billingGroupName

  it('are added, listed in pages, and removed', async () => {
    await add('lamp', 'ours')
    await add('lamp', 'ours')
    const thingArn = 'arn:aws:iot:us-east-1:111122223333:thing/bell'
    await operations.AddThingToBillingGroup({ thingArn, billingGroupArn: arn('ours') }, context)
    const input = { billingGroupName: 'ours', maxResults: 1 }
    const first = await operations.ListThingsInBillingGroup(input, context)
    const second = await operations.ListThingsInBillingGroup(
      { ...input, nextToken: first.nextToken },
      context,
    )
    expect([first.things, second.things, second.nextToken]).toEqual([['bell'], ['lamp'], undefined])
    await remove('lamp', 'ours')
    expect(await groupOf('lamp')).toBeUndefined()
  })

  it('stay where they are when they are removed from another group', async () => {
    await add('lamp', 'ours')
    await remove('lamp', 'theirs')
    expect(await groupOf('lamp')).toBe('ours')
  })

  it.each([
    [
      'joining a second group',
      async () => {
        await add('bell', 'ours')
        await add('bell', 'theirs')
      },
      'InvalidRequestException',
    ],
    ['adding an unknown thing', () => add('torch', 'ours'), 'ResourceNotFoundException'],
    ['adding to an unknown group', () => add('lamp', 'nobody'), 'ResourceNotFoundException'],
    ['removing an unknown thing', () => remove('torch', 'ours'), 'ResourceNotFoundException'],
    ['removing from an unknown group', () => remove('lamp', 'nobody'), 'ResourceNotFoundException'],
    [
      'listing an unknown group',
      () => operations.ListThingsInBillingGroup({ billingGroupName: 'nobody' }, context),
      'ResourceNotFoundException',
    ],
    [
      'adding without a group',
      () => operations.AddThingToBillingGroup({ thingName: 'lamp' }, context),
      'InvalidRequestException',
    ],
    [
      'adding by the ARN of a thing group',
      () =>
        operations.AddThingToBillingGroup(
          { thingName: 'lamp', billingGroupArn: 'arn:aws:iot:us-east-1:111122223333:thinggroup/ours' },
          context,
        ),
      'InvalidRequestException',
    ],
  ])('%s is refused', async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ code })
    expect(await groupOf('lamp')).toBeUndefined()
  })
})
