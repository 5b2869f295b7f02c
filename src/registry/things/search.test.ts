import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { context, elsewhere, openTestThings, type TestThings } from './testing/test-things.ts'

let store: TestThings['store']
let operations: TestThings['operations']

beforeEach(async () => void ({ store, operations } = await openTestThings()))
afterEach(() => store[Symbol.asyncDispose]())

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
