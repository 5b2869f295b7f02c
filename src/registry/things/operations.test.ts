import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { thingTypesOperations } from '../thing-types/index.ts'
import { thingsOperations } from './operations.ts'
import { countPrincipalThings, listPrincipalThings } from './principal-store.ts'
import { hasThingsOfType } from './search-store.ts'
import { createThing } from './store.ts'
import { rootContext } from '../../../test/helpers/call-context.ts'

const now = new Date('2026-05-01T12:00:00Z')
const context = rootContext('111122223333')
const elsewhere = rootContext('444455556666')
const certificate = (id: string) => `arn:aws:iot:us-east-1:111122223333:cert/${id}`

let store: Store
let changes: Change[]
let operations: ReturnType<typeof thingsOperations>
let types: ReturnType<typeof thingTypesOperations>

beforeEach(async () => {
  store = await openTestStore()
  changes = []
  const fabric = { announce: async (...announced: Change[]) => void changes.push(...announced) }
  const principalExists = async (_: unknown, __: string, principal: string) => !principal.endsWith('unknown')
  operations = thingsOperations({ store, fabric, now: () => now, principalExists })
  types = thingTypesOperations({
    store,
    fabric: { announce: async () => {} },
    now: () => now,
    hasThingsOfType,
    deletionWaitMs: 0,
  })
  await types.CreateThingType({ thingTypeName: 'Lamp' }, context)
  await types.CreateThingType({ thingTypeName: 'Candle' }, context)
  await types.DeprecateThingType({ thingTypeName: 'Candle' }, context)
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

const attributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, 'x']))
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

describe('ListThings', () => {
  const names = (things: { thingName?: string | undefined }[]) => things.map((thing) => thing.thingName)

  beforeEach(async () => {
    const create = (thingName: string, color: string, thingTypeName?: string) =>
      operations.CreateThing(
        { thingName, thingTypeName, attributePayload: { attributes: { color } } },
        context,
      )
    await create('lamp-2', 'red', 'Lamp')
    await create('lamp-10', 'reddish')
    await create('lamp-1', 'Red', 'Lamp')
    await create('lamp-3', 'blue')
    await operations.CreateThing({ thingName: 'plain' }, context)
    await operations.CreateThing({ thingName: 'theirs' }, elsewhere)
  })

  it.each([
    ['everything', {}, ['lamp-1', 'lamp-10', 'lamp-2', 'lamp-3', 'plain']],
    ['by type', { thingTypeName: 'Lamp' }, ['lamp-1', 'lamp-2']],
    ['by attribute', { attributeName: 'color' }, ['lamp-1', 'lamp-3', 'lamp-2', 'lamp-10']],
    ['by attribute and type', { attributeName: 'color', thingTypeName: 'Lamp' }, ['lamp-1', 'lamp-2']],
    ['by value', { attributeName: 'color', attributeValue: 'red' }, ['lamp-2']],
    [
      'by the beginning of a value',
      { attributeName: 'color', attributeValue: 'red', usePrefixAttributeValue: true },
      ['lamp-2', 'lamp-10'],
    ],
    [
      'by value and type',
      { attributeName: 'color', attributeValue: 'Red', thingTypeName: 'Lamp' },
      ['lamp-1'],
    ],
    ['by a value that none has', { attributeName: 'color', attributeValue: 're' }, []],
    ['by an attribute that none has', { attributeName: 'size' }, []],
    ['by a type that none has', { thingTypeName: 'Torch' }, []],
  ])('finds %s, in the order of the values and then of the names', async (_, filter, expected) => {
    const { things } = await operations.ListThings(filter, context)
    expect(names(things)).toEqual(expected)
  })

  it('shows what a listed thing is', async () => {
    const { things } = await operations.ListThings({ attributeName: 'color', attributeValue: 'red' }, context)
    expect(things).toEqual([
      {
        thingName: 'lamp-2',
        thingTypeName: 'Lamp',
        thingArn: 'arn:aws:iot:us-east-1:111122223333:thing/lamp-2',
        attributes: { color: 'red' },
        version: 1,
      },
    ])
  })

  it.each([
    [{ attributeName: 'color' }, ['lamp-1', 'lamp-3', 'lamp-2', 'lamp-10']],
    [{ attributeName: 'color', attributeValue: 're', usePrefixAttributeValue: true }, ['lamp-2', 'lamp-10']],
    [{ attributeName: 'color', thingTypeName: 'Lamp' }, ['lamp-1', 'lamp-2']],
    [{ thingTypeName: 'Lamp' }, ['lamp-1', 'lamp-2']],
  ])('pages through a search for %o', async (filter, expected) => {
    const found: (string | undefined)[] = []
    let nextToken: string | undefined
    do {
      const page = await operations.ListThings({ ...filter, maxResults: 1, nextToken }, context)
      found.push(...names(page.things))
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    expect(found).toEqual(expected)
  })

  it('goes on by attribute only where a list by attribute stopped', async () => {
    const { nextToken } = await operations.ListThings({ maxResults: 1 }, context)
    await expect(operations.ListThings({ attributeName: 'color', nextToken }, context)).rejects.toThrow(
      'not one that a list by attribute gave out',
    )
  })

  it('finds a thing by attribute and the type that it has got since', async () => {
    await operations.UpdateThing({ thingName: 'lamp-1', removeThingType: true }, context)
    await operations.UpdateThing({ thingName: 'lamp-10', thingTypeName: 'Lamp' }, context)
    const filter = { attributeName: 'color', thingTypeName: 'Lamp' }
    expect(names((await operations.ListThings(filter, context)).things)).toEqual(['lamp-2', 'lamp-10'])
  })

  it.each([
    ['a value without the attribute it is of', { attributeValue: 'red' }],
    ['a token that no list gave out', { nextToken: '%%%' }],
  ])('refuses %s', async (_, input) => {
    await expect(operations.ListThings(input, context)).rejects.toMatchObject({
      code: 'InvalidRequestException',
    })
  })
})

describe('thing principals', () => {
  beforeEach(async () => {
    for (const thingName of ['a', 'b', 'c']) await operations.CreateThing({ thingName }, context)
    changes.length = 0
  })

  const attach = (
    thingName: string,
    id: string,
    thingPrincipalType?: 'EXCLUSIVE_THING' | 'NON_EXCLUSIVE_THING',
  ) => operations.AttachThingPrincipal({ thingName, principal: certificate(id), thingPrincipalType }, context)

  it('are listed from both sides, in both versions', async () => {
    await attach('a', 'c1')
    await attach('b', 'c1')
    await attach('a', 'c2', 'EXCLUSIVE_THING')
    const a = { thingName: 'a' }
    const c1 = { principal: certificate('c1') }
    expect(await operations.ListThingPrincipals(a, context)).toMatchObject({
      principals: [certificate('c1'), certificate('c2')],
    })
    expect(await operations.ListThingPrincipalsV2(a, context)).toMatchObject({
      thingPrincipalObjects: [
        { principal: certificate('c1'), thingPrincipalType: 'NON_EXCLUSIVE_THING' },
        { principal: certificate('c2'), thingPrincipalType: 'EXCLUSIVE_THING' },
      ],
    })
    expect(await operations.ListPrincipalThings(c1, context)).toMatchObject({ things: ['a', 'b'] })
    expect(await operations.ListPrincipalThingsV2(c1, context)).toMatchObject({
      principalThingObjects: [
        { thingName: 'a', thingPrincipalType: 'NON_EXCLUSIVE_THING' },
        { thingName: 'b', thingPrincipalType: 'NON_EXCLUSIVE_THING' },
      ],
    })
    expect(changes.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'thing-principal c1',
      'thing-principal c1',
      'thing-principal c2',
    ])
    expect(await countPrincipalThings(store.read, context.accountId, certificate('c1'))).toBe(2)
  })

  it('are filtered by type and paged', async () => {
    await attach('a', 'c1')
    await attach('a', 'c2', 'EXCLUSIVE_THING')
    await attach('a', 'c3', 'EXCLUSIVE_THING')
    const filter = { thingName: 'a', thingPrincipalType: 'EXCLUSIVE_THING', maxResults: 1 } as const
    const first = await operations.ListThingPrincipalsV2(filter, context)
    const second = await operations.ListThingPrincipalsV2({ ...filter, nextToken: first.nextToken }, context)
    const found = [...first.thingPrincipalObjects, ...second.thingPrincipalObjects]
    expect(found.map((one) => one.principal)).toEqual([certificate('c2'), certificate('c3')])
    expect(second.nextToken).toBeUndefined()
  })

  it('things of a principal are filtered by type and paged', async () => {
    for (const thingName of ['a', 'b', 'c']) await attach(thingName, 'c1')
    const filter = {
      principal: certificate('c1'),
      thingPrincipalType: 'NON_EXCLUSIVE_THING',
      maxResults: 2,
    } as const
    const first = await operations.ListPrincipalThingsV2(filter, context)
    const second = await operations.ListPrincipalThingsV2({ ...filter, nextToken: first.nextToken }, context)
    const names = [first, second].map((page) => page.principalThingObjects.map(({ thingName }) => thingName))
    expect(names).toEqual([['a', 'b'], ['c']])
    expect(second.nextToken).toBeUndefined()
    const exclusive = { ...filter, thingPrincipalType: 'EXCLUSIVE_THING' } as const
    expect((await operations.ListPrincipalThingsV2(exclusive, context)).principalThingObjects).toEqual([])
  })

  it('attaching twice is success and leaves one attachment', async () => {
    await attach('a', 'c1', 'EXCLUSIVE_THING')
    await attach('a', 'c1', 'EXCLUSIVE_THING')
    await attach('a', 'c1')
    expect(await listPrincipalThings(store.read, context.accountId, certificate('c1'))).toEqual([
      { thingName: 'a', thingPrincipalType: 'EXCLUSIVE_THING' },
    ])
  })

  it('attaching again to the third of three things is success', async () => {
    for (const thingName of ['a', 'b', 'c', 'c']) await attach(thingName, 'c1')
    expect(await operations.ListPrincipalThings({ principal: certificate('c1') }, context)).toMatchObject({
      things: ['a', 'b', 'c'],
    })
  })

  it.each([
    ['shared where another has it exclusively', 'EXCLUSIVE_THING', 'NON_EXCLUSIVE_THING'],
    ['exclusive where another has it', 'NON_EXCLUSIVE_THING', 'EXCLUSIVE_THING'],
    ['exclusive where another has it exclusively', 'EXCLUSIVE_THING', 'EXCLUSIVE_THING'],
  ] as const)('an attachment that is %s is refused', async (_, first, second) => {
    await attach('a', 'c1', first)
    await expect(attach('b', 'c1', second)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    expect(await operations.ListThingPrincipals({ thingName: 'b' }, context)).toMatchObject({
      principals: [],
    })
  })

  it('an exclusive principal is free again once it is detached', async () => {
    await attach('a', 'c1', 'EXCLUSIVE_THING')
    await operations.DetachThingPrincipal({ thingName: 'a', principal: certificate('c1') }, context)
    await attach('b', 'c1', 'EXCLUSIVE_THING')
    expect(await operations.ListPrincipalThings({ principal: certificate('c1') }, context)).toMatchObject({
      things: ['b'],
    })
  })

  it('of two exclusive attachments at once, one is refused', async () => {
    const outcomes = await Promise.allSettled([
      attach('a', 'c1', 'EXCLUSIVE_THING'),
      attach('b', 'c1', 'EXCLUSIVE_THING'),
    ])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected'])
  })

  it.each([
    ['attaching to an unknown thing', () => attach('torch', 'c1')],
    ['attaching an unknown certificate', () => attach('a', 'unknown')],
    [
      'detaching what is not attached',
      () => operations.DetachThingPrincipal({ thingName: 'a', principal: certificate('c1') }, context),
    ],
    [
      'listing the principals of an unknown thing',
      () => operations.ListThingPrincipals({ thingName: 'torch' }, context),
    ],
    ['the same in version 2', () => operations.ListThingPrincipalsV2({ thingName: 'torch' }, context)],
  ])('%s is ResourceNotFoundException', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    expect(changes).toEqual([])
  })
})
