/** Which things are in which groups and billing groups. */
import { AddThingToBillingGroupCommand, AddThingToThingGroupCommand } from '@aws-sdk/client-iot'
import { readBillingGroupsOfThings } from './billing-groups.ts'
import { inParallel } from './in-parallel.ts'
import type { Copy, Finding, Item } from './items.ts'
import { unread } from './named.ts'
import { listThingGroups, listThingsInGroup } from './thing-groups.ts'
import { readThings } from './things.ts'

export async function* planMemberships(copy: Copy): AsyncGenerator<Item> {
  const there = new Set((await listThingGroups(copy.to)).map(({ name }) => name))
  const planned = await inParallel(await listThingGroups(copy.from), ({ name }) =>
    planGroup(copy, name, there.has(name)),
  )
  yield* planned.flat()
  yield* planBilling(copy)
}

async function planGroup(copy: Copy, thingGroupName: string, isThere: boolean): Promise<Item[]> {
  const { from, to, isAmiss } = copy
  if (isAmiss('thing-groups', thingGroupName)) return [] // the group itself says why
  const nameOf = (thingName: string) => ({
    kind: 'memberships' as const,
    name: `${thingName} in ${thingGroupName}`,
  })
  try {
    const things = await listThingsInGroup(from, thingGroupName)
    const members = new Set(isThere ? await listThingsInGroup(to, thingGroupName) : [])
    return things.map((thingName) => {
      if (members.has(thingName)) return { ...nameOf(thingName), state: 'same' }
      if (isAmiss('things', thingName)) return otherThing(nameOf(thingName))
      return {
        ...nameOf(thingName),
        state: 'make',
        carryOut: async () =>
          void (await to.iot.send(new AddThingToThingGroupCommand({ thingName, thingGroupName }))),
      }
    })
  } catch (error) {
    return [unread({ kind: 'memberships', name: `* in ${thingGroupName}` }, error)]
  }
}

const otherThing = (about: Pick<Finding, 'kind' | 'name'>): Finding => ({
  ...about,
  state: 'left-out',
  why: 'the thing there is another one',
})

/** Of things that are at the destination already. */
async function* planBilling({ from, to, isAmiss }: Copy): AsyncGenerator<Item> {
  const [things, there] = [await readThings(to), await readBillingGroupsOfThings(to)]
  for (const [thingName, billingGroupName] of await readBillingGroupsOfThings(from)) {
    if (!things.has(thingName) || isAmiss('billing-groups', billingGroupName)) continue
    const about = { kind: 'memberships', name: `${thingName} in ${billingGroupName}` } as const
    const known = there.get(thingName)
    if (known === billingGroupName) yield { ...about, state: 'same' }
    else if (isAmiss('things', thingName)) yield otherThing(about)
    else if (known !== undefined)
      yield { ...about, state: 'in-the-way', why: `there it is in the billing group ${known}` }
    else
      yield {
        ...about,
        state: 'make',
        carryOut: async () =>
          void (await to.iot.send(new AddThingToBillingGroupCommand({ thingName, billingGroupName }))),
      }
  }
}
