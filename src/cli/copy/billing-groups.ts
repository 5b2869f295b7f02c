import {
  CreateBillingGroupCommand,
  DescribeBillingGroupCommand,
  paginateListBillingGroups,
  paginateListThingsInBillingGroup,
  type BillingGroupProperties,
} from '@aws-sdk/client-iot'
import { inPages, once, type End } from './ends.ts'
import { inParallel } from './in-parallel.ts'
import type { Copy } from './items.ts'
import { planNamed, type Named, type NamedKind } from './named.ts'
import { tagsMember } from './tags.ts'

const listBillingGroups = (end: End) =>
  once(end, 'billing groups', async () => {
    const all: Named[] = []
    for await (const page of paginateListBillingGroups(inPages(end), {}))
      for (const { groupName = '', groupArn = '' } of page.billingGroups ?? [])
        all.push({ name: groupName, arn: groupArn })
    return all
  })

const billingGroups: NamedKind<BillingGroupProperties> = {
  kind: 'billing-groups',
  list: listBillingGroups,
  async describe({ iot }, billingGroupName) {
    const { billingGroupProperties = {} } = await iot.send(
      new DescribeBillingGroupCommand({ billingGroupName }),
    )
    return billingGroupProperties
  },
  async make({ iot }, billingGroupName, { content: billingGroupProperties, tags }) {
    await iot.send(
      new CreateBillingGroupCommand({ billingGroupName, billingGroupProperties, ...tagsMember(tags) }),
    )
  },
}

export const planBillingGroups = (copy: Copy) => planNamed(billingGroups, copy)

/** The billing group of each thing that has one, by the thing's name. */
export const readBillingGroupsOfThings = (end: End) =>
  once(end, 'things in billing groups', async () => {
    const groupOf = new Map<string, string>()
    await inParallel(await listBillingGroups(end), async ({ name: billingGroupName }) => {
      for await (const page of paginateListThingsInBillingGroup(inPages(end), { billingGroupName }))
        for (const thing of page.things ?? []) groupOf.set(thing, billingGroupName)
    })
    return groupOf
  })
