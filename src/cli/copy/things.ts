import { CreateThingCommand, paginateListThings, type ThingAttribute } from '@aws-sdk/client-iot'
import { readBillingGroupsOfThings } from './billing-groups.ts'
import { differences, judge } from './compare.ts'
import { inPages, once, type End } from './ends.ts'
import type { Copy, Item } from './items.ts'
import { unread } from './named.ts'

/** By name. */
export const readThings = (end: End) =>
  once(end, 'things', async () => {
    const all = new Map<string, ThingAttribute>()
    for await (const { things = [] } of paginateListThings(inPages(end), {}))
      for (const thing of things) all.set(thing.thingName ?? '', thing)
    return all
  })

const contentOf = ({ thingTypeName, attributes }: ThingAttribute) => ({ thingTypeName, attributes })

/** New ones join their billing group at once. */
export async function* planThings(copy: Copy): AsyncGenerator<Item> {
  const { from, to, isAmiss } = copy
  const there = await readThings(to)
  let billingGroupOf: ReadonlyMap<string, string> = new Map()
  try {
    billingGroupOf = await readBillingGroupsOfThings(from)
  } catch (error) {
    yield unread({ kind: 'things', name: 'in billing groups' }, error)
  }
  for (const [name, thing] of await readThings(from)) {
    const about = { kind: 'things', name } as const
    const known = there.get(name)
    const billingGroup = billingGroupOf.get(name)
    const isUsable = billingGroup !== undefined && !isAmiss('billing-groups', billingGroup)
    if (known) yield judge({ ...about, differing: differences(contentOf(thing), contentOf(known)) })
    else
      yield {
        ...about,
        state: 'make',
        carryOut: () => createThing(to, thing, isUsable ? billingGroup : undefined),
      }
  }
}

async function createThing(
  { iot }: End,
  { thingName, thingTypeName, attributes = {} }: ThingAttribute,
  billingGroupName: string | undefined,
): Promise<void> {
  const hasAttributes = Object.keys(attributes).length > 0
  await iot.send(
    new CreateThingCommand({
      thingName,
      ...(thingTypeName !== undefined && { thingTypeName }),
      ...(hasAttributes && { attributePayload: { attributes } }),
      ...(billingGroupName !== undefined && { billingGroupName }),
    }),
  )
}
