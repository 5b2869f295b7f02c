import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countPrincipalThings, listPrincipalThings } from './principal-store.ts'
import { certificate, context, openTestThings, type TestThings } from './testing/test-things.ts'

let store: TestThings['store']
let changes: TestThings['changes']
let operations: TestThings['operations']

beforeEach(async () => void ({ store, changes, operations } = await openTestThings()))
afterEach(() => store[Symbol.asyncDispose]())

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
