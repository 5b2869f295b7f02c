import {
  CreateThingTypeCommand,
  DeprecateThingTypeCommand,
  paginateListThingTypes,
  type ThingTypeDefinition,
  type ThingTypeProperties,
} from '@aws-sdk/client-iot'
import { inPages, once, type End } from './ends.ts'
import type { Copy, Item } from './items.ts'
import { planNamed, type NamedKind } from './named.ts'
import { tagsMember } from './tags.ts'

const readThingTypes = (end: End) =>
  once(end, 'thing types', async () => {
    const types = new Map<string, ThingTypeDefinition>()
    for await (const { thingTypes = [] } of paginateListThingTypes(inPages(end), {}))
      for (const type of thingTypes) types.set(type.thingTypeName ?? '', type)
    return types
  })

const thingTypes: NamedKind<ThingTypeProperties> = {
  kind: 'thing-types',
  list: async (end) =>
    [...(await readThingTypes(end))].map(([name, { thingTypeArn: arn = '' }]) => ({ name, arn })),
  describe: async (end, name) => (await readThingTypes(end)).get(name)?.thingTypeProperties ?? {},
  async make({ iot }, thingTypeName, { content: thingTypeProperties, tags }) {
    await iot.send(new CreateThingTypeCommand({ thingTypeName, thingTypeProperties, ...tagsMember(tags) }))
  },
}

export const planThingTypes = (copy: Copy) => planNamed(thingTypes, copy)

const isDeprecated = (type: ThingTypeDefinition | undefined) => type?.thingTypeMetadata?.deprecated === true

/** When all things are there: no thing can be made of a deprecated type. */
export async function* planDeprecations({ from, to, isAmiss }: Copy): AsyncGenerator<Item> {
  const there = await readThingTypes(to)
  for (const [thingTypeName, type] of await readThingTypes(from)) {
    if (!isDeprecated(type) || isAmiss('thing-types', thingTypeName)) continue
    const about = { kind: 'deprecations', name: thingTypeName } as const
    if (isDeprecated(there.get(thingTypeName))) yield { ...about, state: 'same' }
    else
      yield {
        ...about,
        state: 'change',
        why: 'deprecate the thing type',
        carryOut: async () => void (await to.iot.send(new DeprecateThingTypeCommand({ thingTypeName }))),
      }
  }
}
