import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createThing } from './store.ts'
import {
  attributes,
  certificate,
  context,
  elsewhere,
  now,
  openTestThings,
  type TestThings,
} from './testing/test-things.ts'

let store: TestThings['store']
let changes: TestThings['changes']
let operations: TestThings['operations']
let types: TestThings['types']

beforeEach(async () => void ({ store, changes, operations, types } = await openTestThings()))
afterEach(() => store[Symbol.asyncDispose]())

const describeLamp = () => operations.DescribeThing({ thingName: 'lamp' }, context)

describe('CreateThing', () => {
  it('makes a thing that DescribeThing shows whole', async () => {
    const { thingId } = await operations.CreateThing(
      {
        thingName: 'lamp',
        thingTypeName: 'Lamp',
        attributePayload: { attributes: { model: 'm1', unset: '' } },
      },
      context,
    )
    expect(await describeLamp()).toEqual({
      defaultClientId: 'lamp',
      thingName: 'lamp',
      thingId,
      thingArn: 'arn:aws:iot:us-east-1:111122223333:thing/lamp',
      thingTypeName: 'Lamp',
      attributes: { model: 'm1' },
      version: 1,
      billingGroupName: undefined,
    })
    expect(changes).toEqual([{ accountId: '111122223333', kind: 'thing', id: 'lamp' }])
  })

  it('with the same configuration once more finds the same thing, in whatever order its attributes come', async () => {
    const first = await operations.CreateThing(
      { thingName: 'lamp', attributePayload: { attributes: { a: '1', b: '2' } } },
      context,
    )
    const again = await operations.CreateThing(
      { thingName: 'lamp', attributePayload: { attributes: { b: '2', a: '1' } } },
      context,
    )
    expect(again).toEqual(first)
    expect(await describeLamp()).toMatchObject({ version: 1 })
  })

  it.each([
    ['other attributes', { attributePayload: { attributes: { a: '2' } } }],
    ['no attributes', {}],
    ['a type', { thingTypeName: 'Lamp', attributePayload: { attributes: { a: '1' } } }],
  ])('with %s refuses a name that is taken, and says by what', async (_, input) => {
    const first = await operations.CreateThing(
      { thingName: 'lamp', attributePayload: { attributes: { a: '1' } } },
      context,
    )
    await expect(operations.CreateThing({ thingName: 'lamp', ...input }, context)).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      members: { resourceId: first.thingId, resourceArn: first.thingArn },
    })
    expect(await describeLamp()).toMatchObject({ attributes: { a: '1' } })
  })

  it.each([
    ['an unknown thing type', { thingTypeName: 'Torch' }, 'ResourceNotFoundException'],
    ['a deprecated thing type', { thingTypeName: 'Candle' }, 'InvalidRequestException'],
    ['an unknown billing group', { billingGroupName: 'nobody' }, 'ResourceNotFoundException'],
    [
      'four attributes and no type',
      { attributePayload: { attributes: attributes(4) } },
      'InvalidRequestException',
    ],
  ])('with %s is refused and leaves nothing', async (_, input, code) => {
    await expect(operations.CreateThing({ thingName: 'lamp', ...input }, context)).rejects.toMatchObject({
      code,
    })
    await expect(describeLamp()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    expect(await operations.ListThings({ attributeName: 'a0' }, context)).toMatchObject({ things: [] })
    expect(changes).toEqual([])
  })

  it('of two at once with different configurations, one wins and the other is told', async () => {
    const create = (value: string) =>
      operations.CreateThing({ thingName: 'lamp', attributePayload: { attributes: { a: value } } }, context)
    const outcomes = await Promise.allSettled([create('1'), create('2')])
    expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('in another account is another thing', async () => {
    await operations.CreateThing({ thingName: 'lamp' }, context)
    await expect(operations.DescribeThing({ thingName: 'lamp' }, elsewhere)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
  })

  it('refuses a name out of a certificate that no API call could have used', async () => {
    const create = store.transact((db) =>
      createThing(db, { accountId: context.accountId, thingName: '../../x', attributes: {}, now }),
    )
    await expect(create).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })
})

describe('UpdateThing', () => {
  beforeEach(async () => {
    const attributePayload = { attributes: { a: '1', b: '2' } }
    await operations.CreateThing({ thingName: 'lamp', thingTypeName: 'Lamp', attributePayload }, context)
    changes.length = 0
  })

  it.each([
    ['replaces attributes', { attributePayload: { attributes: { c: '3' } } }, { c: '3' }],
    ['merges attributes', { attributePayload: { attributes: { b: '3' }, merge: true } }, { a: '1', b: '3' }],
    ['removes by an empty value', { attributePayload: { attributes: { b: '' }, merge: true } }, { a: '1' }],
    ['clears by an empty payload', { attributePayload: { attributes: {} } }, {}],
    ['keeps attributes that it does not name', { removeThingType: true }, { a: '1', b: '2' }],
  ])('%s, and the search follows', async (_, input, expected: Record<string, string>) => {
    await operations.UpdateThing({ thingName: 'lamp', ...input }, context)
    expect(await describeLamp()).toMatchObject({ attributes: expected, version: 2 })
    for (const attributeName of ['a', 'b', 'c']) {
      const { things } = await operations.ListThings({ attributeName }, context)
      expect(things.length).toBe(attributeName in expected ? 1 : 0)
    }
    expect(changes).toEqual([{ accountId: '111122223333', kind: 'thing', id: 'lamp' }])
  })

  it('removes the type, and then takes it on again', async () => {
    await operations.UpdateThing({ thingName: 'lamp', removeThingType: true, expectedVersion: 1 }, context)
    expect(await describeLamp()).toMatchObject({ thingTypeName: undefined })
    await operations.UpdateThing({ thingName: 'lamp', thingTypeName: 'Lamp', expectedVersion: 2 }, context)
    expect(await describeLamp()).toMatchObject({ thingTypeName: 'Lamp', version: 3 })
  })

  it.each([
    ['of a thing that is not there', { thingName: 'torch' }, 'ResourceNotFoundException'],
    ['of another version', { expectedVersion: 2 }, 'VersionConflictException'],
    ['to an unknown type', { thingTypeName: 'Torch' }, 'ResourceNotFoundException'],
    ['to a deprecated type', { thingTypeName: 'Candle' }, 'InvalidRequestException'],
    ['to a type and to none', { thingTypeName: 'Lamp', removeThingType: true }, 'InvalidRequestException'],
    [
      'to fifty-one attributes',
      { attributePayload: { attributes: attributes(51) } },
      'InvalidRequestException',
    ],
    [
      'that merges past fifty attributes',
      { attributePayload: { attributes: attributes(49), merge: true } },
      'InvalidRequestException',
    ],
  ])('%s is refused and changes nothing', async (_, input, code) => {
    await expect(operations.UpdateThing({ thingName: 'lamp', ...input }, context)).rejects.toMatchObject({
      code,
    })
    expect(await describeLamp()).toMatchObject({ attributes: { a: '1', b: '2' }, version: 1 })
    expect(changes).toEqual([])
  })

  it('does not take the type from a thing that has more attributes than fit without', async () => {
    await operations.UpdateThing(
      { thingName: 'lamp', attributePayload: { attributes: attributes(4) } },
      context,
    )
    await expect(
      operations.UpdateThing({ thingName: 'lamp', removeThingType: true }, context),
    ).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })
})

describe('DeleteThing', () => {
  beforeEach(async () => {
    await operations.CreateThing({ thingName: 'lamp', attributePayload: { attributes: { a: '1' } } }, context)
  })

  it('deletes the thing and what finds it', async () => {
    await operations.DeleteThing({ thingName: 'lamp', expectedVersion: 1 }, context)
    await expect(describeLamp()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    expect(await operations.ListThings({ attributeName: 'a' }, context)).toMatchObject({ things: [] })
  })

  it('leaves other things with the same attributes to be found', async () => {
    await operations.CreateThing({ thingName: 'twin', attributePayload: { attributes: { a: '1' } } }, context)
    await operations.DeleteThing({ thingName: 'lamp' }, context)
    expect(await operations.ListThings({ attributeName: 'a', attributeValue: '1' }, context)).toMatchObject({
      things: [{ thingName: 'twin' }],
    })
  })

  it('of a thing that is not there is success', async () => {
    await expect(operations.DeleteThing({ thingName: 'torch' }, context)).resolves.toBeUndefined()
  })

  it('of another version is refused', async () => {
    await expect(
      operations.DeleteThing({ thingName: 'lamp', expectedVersion: 7 }, context),
    ).rejects.toMatchObject({ code: 'VersionConflictException' })
  })

  it('is refused while a principal is attached, and works once it is detached', async () => {
    const attachment = { thingName: 'lamp', principal: certificate('c1') }
    await operations.AttachThingPrincipal(attachment, context)
    await expect(operations.DeleteThing({ thingName: 'lamp' }, context)).rejects.toMatchObject({
      code: 'InvalidRequestException',
      message: 'Cannot delete. Thing lamp is still attached to one or more principals',
    })
    await operations.DetachThingPrincipal(attachment, context)
    await operations.DeleteThing({ thingName: 'lamp' }, context)
  })

  it('of the last thing of a type lets the type go', async () => {
    await operations.UpdateThing({ thingName: 'lamp', thingTypeName: 'Lamp' }, context)
    await types.CreateThingType({ thingTypeName: 'Lamp' }, elsewhere)
    for (const caller of [context, elsewhere])
      await types.DeprecateThingType({ thingTypeName: 'Lamp' }, caller)
    const remove = (caller: typeof context) => types.DeleteThingType({ thingTypeName: 'Lamp' }, caller)
    await expect(remove(context)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    await remove(elsewhere)
    await operations.DeleteThing({ thingName: 'lamp' }, context)
    await remove(context)
    const described = types.DescribeThingType({ thingTypeName: 'Lamp' }, context)
    await expect(described).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })
})
