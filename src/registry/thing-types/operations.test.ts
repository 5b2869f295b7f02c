import type { Change } from '../../fabric/in-process/index.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Store } from '../../store/index.ts'
import { listTags } from '../tags/index.ts'
import { thingTypesOperations } from './operations.ts'
import { rootContext } from '../../../test/helpers/call-context.ts'

const now = new Date('2026-05-01T12:00:00Z')
const context = rootContext('111122223333')
const elsewhere = rootContext('444455556666')
const arn = 'arn:aws:iot:us-east-1:111122223333:thingtype/Lamp'
const minuteMs = 60_000

let store: Store
let clock: Date
let changes: Change[]
const fabric = { announce: async (...announced: Change[]) => void changes.push(...announced) }
let typesInUse: Set<string>
let operations: ReturnType<typeof thingTypesOperations>

beforeEach(async () => {
  store = await openTestStore()
  clock = now
  typesInUse = new Set()
  changes = []
  operations = thingTypesOperations({
    store,
    fabric,
    now: () => clock,
    hasThingsOfType: async (_, __, name) => typesInUse.has(name),
  })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

const lamp = {
  thingTypeName: 'Lamp',
  thingTypeProperties: { thingTypeDescription: 'gives light', searchableAttributes: ['wattage', 'model'] },
}
const describeLamp = () => operations.DescribeThingType({ thingTypeName: 'Lamp' }, context)

describe('CreateThingType', () => {
  it('makes a type that DescribeThingType shows, with its tags', async () => {
    const { thingTypeId } = await operations.CreateThingType(
      { ...lamp, tags: [{ Key: 'team', Value: 'light' }] },
      context,
    )
    expect(await describeLamp()).toEqual({
      ...lamp,
      thingTypeId,
      thingTypeArn: arn,
      thingTypeMetadata: { creationDate: now, deprecated: false, deprecationDate: undefined },
    })
    expect(await listTags(store.read, context.accountId, arn)).toEqual([{ Key: 'team', Value: 'light' }])
  })

  it('with the same properties once more finds the same type', async () => {
    const first = await operations.CreateThingType(lamp, context)
    expect(await operations.CreateThingType(lamp, context)).toEqual(first)
  })

  it('with the same attributes in another order finds the same type, as their order has no meaning', async () => {
    const [model, maker] = [
      { userPropertyKey: 'm', thingAttribute: 'model' },
      { userPropertyKey: 'by', connectionAttribute: 'iot:ClientId' },
    ]
    const typeOf = (searchableAttributes: string[], propagatingAttributes: object[]) => ({
      thingTypeName: 'Lamp',
      thingTypeProperties: { searchableAttributes, mqtt5Configuration: { propagatingAttributes } },
    })
    const wanted = typeOf(['wattage', 'model'], [model!, maker!])
    const first = await operations.CreateThingType(wanted, context)
    const reordered = typeOf(['model', 'wattage'], [maker!, model!])
    expect(await operations.CreateThingType(reordered, context)).toEqual(first)
    expect(await describeLamp()).toMatchObject(wanted)
  })

  it.each([
    ['another description', { thingTypeDescription: 'is dark' }],
    ['no properties', undefined],
    [
      'one more searchable attribute',
      { ...lamp.thingTypeProperties, searchableAttributes: ['model', 'wattage', 'size'] },
    ],
    [
      'another propagating attribute',
      {
        ...lamp.thingTypeProperties,
        mqtt5Configuration: { propagatingAttributes: [{ userPropertyKey: 'm', thingAttribute: 'model' }] },
      },
    ],
    ['other searchable attributes', { ...lamp.thingTypeProperties, searchableAttributes: ['model'] }],
  ])('with %s refuses a name that is taken', async (_, thingTypeProperties) => {
    const { thingTypeId } = await operations.CreateThingType(lamp, context)
    await expect(
      operations.CreateThingType({ thingTypeName: 'Lamp', thingTypeProperties }, context),
    ).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      members: { resourceId: thingTypeId, resourceArn: arn },
    })
  })

  it.each([
    ['four searchable attributes', { searchableAttributes: ['a', 'b', 'c', 'd'] }],
    [
      'a propagating attribute from nowhere',
      { mqtt5Configuration: { propagatingAttributes: [{ userPropertyKey: 'k' }] } },
    ],
    [
      'a propagating attribute that no connection has',
      {
        mqtt5Configuration: {
          propagatingAttributes: [{ userPropertyKey: 'k', connectionAttribute: 'iot:SourceIp' }],
        },
      },
    ],
    [
      'a propagating attribute without a key',
      { mqtt5Configuration: { propagatingAttributes: [{ thingAttribute: 'model' }] } },
    ],
    [
      'a propagating attribute from two places',
      {
        mqtt5Configuration: {
          propagatingAttributes: [
            { userPropertyKey: 'k', thingAttribute: 'model', connectionAttribute: 'iot:ClientId' },
          ],
        },
      },
    ],
  ])('with %s is refused', async (_, thingTypeProperties) => {
    await expect(
      operations.CreateThingType({ thingTypeName: 'Lamp', thingTypeProperties }, context),
    ).rejects.toMatchObject({ code: 'InvalidRequestException' })
    await expect(describeLamp()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })
})

describe('ListThingTypes', () => {
  const names = (types: { thingTypeName?: string | undefined }[]) => types.map((type) => type.thingTypeName)

  beforeEach(async () => {
    for (const thingTypeName of ['Lamp', 'Bell', 'Door'])
      await operations.CreateThingType({ thingTypeName }, context)
    await operations.CreateThingType({ thingTypeName: 'Theirs' }, elsewhere)
  })

  it('pages through the types of the account by name', async () => {
    const first = await operations.ListThingTypes({ maxResults: 2 }, context)
    const second = await operations.ListThingTypes({ maxResults: 2, nextToken: first.nextToken }, context)
    expect([names(first.thingTypes), names(second.thingTypes)]).toEqual([['Bell', 'Door'], ['Lamp']])
    expect(second.nextToken).toBeUndefined()
  })

  it.each([
    ['Door', ['Door']],
    ['Do', []],
    ['Theirs', []],
  ])('by the name %s finds %j', async (thingTypeName, expected) => {
    const { thingTypes } = await operations.ListThingTypes({ thingTypeName }, context)
    expect(names(thingTypes)).toEqual(expected)
  })

  it('refuses a token that no list gave out', async () => {
    await expect(operations.ListThingTypes({ nextToken: '%' }, context)).rejects.toMatchObject({
      code: 'InvalidRequestException',
    })
  })
})

describe('UpdateThingType', () => {
  beforeEach(async () => {
    await operations.CreateThingType(lamp, context)
  })

  it('changes what it names and keeps the rest', async () => {
    const mqtt5Configuration = { propagatingAttributes: [{ userPropertyKey: 'm', thingAttribute: 'model' }] }
    await operations.UpdateThingType(
      { thingTypeName: 'Lamp', thingTypeProperties: { mqtt5Configuration } },
      context,
    )
    expect(await describeLamp()).toMatchObject({
      thingTypeProperties: { ...lamp.thingTypeProperties, mqtt5Configuration },
    })
  })

  it.each([
    ['of an unknown type', { thingTypeName: 'Torch' }, 'ResourceNotFoundException'],
    [
      'to four searchable attributes',
      { thingTypeName: 'Lamp', thingTypeProperties: { searchableAttributes: ['a', 'b', 'c', 'd'] } },
      'InvalidRequestException',
    ],
  ])('%s is refused', async (_, input, code) => {
    await expect(operations.UpdateThingType(input, context)).rejects.toMatchObject({ code })
    expect(await describeLamp()).toMatchObject({ thingTypeProperties: lamp.thingTypeProperties })
  })
})

describe('deprecating and deleting', () => {
  beforeEach(async () => {
    await operations.CreateThingType({ ...lamp, tags: [{ Key: 'team', Value: 'light' }] }, context)
  })

  const deprecate = (undoDeprecate = false) =>
    operations.DeprecateThingType({ thingTypeName: 'Lamp', undoDeprecate }, context)
  const remove = () => operations.DeleteThingType({ thingTypeName: 'Lamp' }, context)
  const later = (minutes: number) => (clock = new Date(now.getTime() + minutes * minuteMs))

  it('a deprecation shows, keeps its first date, and can be undone', async () => {
    await deprecate()
    later(1)
    await deprecate()
    expect(await describeLamp()).toMatchObject({
      thingTypeMetadata: { deprecated: true, deprecationDate: now },
    })
    await deprecate(true)
    expect(await describeLamp()).toMatchObject({
      thingTypeMetadata: { deprecated: false, deprecationDate: undefined },
    })
  })

  it('a type goes, with its tags, five minutes after its deprecation', async () => {
    await deprecate()
    later(5)
    await remove()
    await expect(describeLamp()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    expect(await listTags(store.read, context.accountId, arn)).toEqual([])
  })

  it('is announced, as is its change and its end', async () => {
    await deprecate()
    clock = new Date(now.getTime() + 5 * 60_000)
    await operations.UpdateThingType({ thingTypeName: 'Lamp', thingTypeProperties: {} }, context)
    await operations.DeleteThingType({ thingTypeName: 'Lamp' }, context)
    const change = { accountId: context.accountId, kind: 'thing-type', id: 'Lamp' }
    expect(changes.slice(-2)).toEqual([change, change])
  })

  it('a server that is told not to wait deletes at once', async () => {
    const hasThingsOfType = async () => false
    const impatient = thingTypesOperations({
      store,
      fabric,
      now: () => clock,
      hasThingsOfType,
      deletionWaitMs: 0,
    })
    await deprecate()
    await impatient.DeleteThingType({ thingTypeName: 'Lamp' }, context)
    await expect(describeLamp()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })

  it.each([
    ['that is not deprecated', async () => {}, /not deprecated/],
    [
      'that is no longer deprecated',
      async () => {
        await deprecate()
        later(9)
        await deprecate(true)
      },
      /not deprecated/,
    ],
    [
      'before five minutes are over',
      async () => {
        await deprecate()
        later(4)
      },
      /can be deleted in 60 seconds/,
    ],
    [
      'that things have',
      async () => {
        await deprecate()
        later(9)
        typesInUse.add('Lamp')
      },
      /things still have it/,
    ],
  ])('a type %s is not deleted', async (_, prepare, message) => {
    await prepare()
    await expect(remove()).rejects.toThrow(message)
    await expect(remove()).rejects.toMatchObject({ code: 'InvalidRequestException' })
    await describeLamp()
  })

  it.each([
    ['deprecating', () => operations.DeprecateThingType({ thingTypeName: 'Torch' }, context)],
    ['deleting', () => operations.DeleteThingType({ thingTypeName: 'Torch' }, context)],
    ['describing', () => operations.DescribeThingType({ thingTypeName: 'Torch' }, context)],
    [
      'deprecating from another account',
      () => operations.DeprecateThingType({ thingTypeName: 'Lamp' }, elsewhere),
    ],
  ])('%s an unknown type is ResourceNotFoundException', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })
})
