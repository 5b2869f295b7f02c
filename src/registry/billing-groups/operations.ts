import type * as Iot from '@aws-sdk/client-iot'
import type { Operations } from '../../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { parsePage, toPage } from '../../api/aws/page.ts'
import type { Store } from '../../store/index.ts'
import { deleteTags, setTags } from '../tags/index.ts'
import { getThing, listThingsInBillingGroup, resourceName, setBillingGroup } from '../things/index.ts'
import { checkJoinable, groupArn } from './billing-group.ts'
import {
  createBillingGroup,
  deleteBillingGroup,
  getBillingGroup,
  listBillingGroups,
  updateBillingGroup,
} from './store.ts'

export interface BillingGroupsDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
}

export function billingGroupsOperations({ store, fabric, now }: BillingGroupsDeps) {
  const commit = commitsOf({ store, fabric }, 'thing')

  return {
    async CreateBillingGroup({ billingGroupName, billingGroupProperties, tags }, { accountId, region }) {
      const description = billingGroupProperties?.billingGroupDescription ?? ''
      const billingGroupArn = groupArn({ accountId, region }, billingGroupName)
      const wanted = { accountId, region, billingGroupName, description, now: now() }
      const group = await store.transact(async (db) => {
        const outcome = await createBillingGroup(db, wanted)
        if (outcome.created && tags) await setTags(db, accountId, billingGroupArn, tags)
        return outcome.group
      })
      return { billingGroupName, billingGroupArn, billingGroupId: group.billingGroupId }
    },

    async DescribeBillingGroup({ billingGroupName }, context) {
      const group = await getBillingGroup(store.read, context.accountId, billingGroupName)
      const { billingGroupId, description, version, creationDate } = group
      return {
        billingGroupName,
        billingGroupId,
        billingGroupArn: groupArn(context, billingGroupName),
        version,
        billingGroupProperties: description === '' ? {} : { billingGroupDescription: description },
        billingGroupMetadata: { creationDate },
      }
    },

    async UpdateBillingGroup({ billingGroupName, billingGroupProperties, expectedVersion }, { accountId }) {
      const description = billingGroupProperties.billingGroupDescription
      const update = { accountId, billingGroupName, description, expectedVersion }
      const { version } = await store.transact((db) => updateBillingGroup(db, update))
      return { version }
    },

    async DeleteBillingGroup({ billingGroupName, expectedVersion }, context) {
      const { accountId } = context
      await store.transact(async (db) => {
        if (await deleteBillingGroup(db, accountId, billingGroupName, expectedVersion))
          await deleteTags(db, accountId, groupArn(context, billingGroupName))
      })
    },

    async ListBillingGroups({ namePrefixFilter, ...paging }, context) {
      const page = parsePage(paging)
      const groups = await listBillingGroups(store.read, context.accountId, namePrefixFilter, page)
      const { rows, nextToken } = toPage(groups, page, (group) => group.billingGroupName)
      const billingGroups = rows.map(({ billingGroupName }) => ({
        groupName: billingGroupName,
        groupArn: groupArn(context, billingGroupName),
      }))
      return { billingGroups, nextToken }
    },

    async AddThingToBillingGroup(input, context) {
      const { accountId } = context
      const { thingName, billingGroupName } = membershipNames(input, context)
      await commit(accountId, thingName, async (db) => {
        await getBillingGroup(db, accountId, billingGroupName)
        checkJoinable(await getThing(db, accountId, thingName), billingGroupName)
        await setBillingGroup(db, accountId, thingName, billingGroupName)
      })
    },

    async RemoveThingFromBillingGroup(input, context) {
      const { accountId } = context
      const { thingName, billingGroupName } = membershipNames(input, context)
      await commit(accountId, thingName, async (db) => {
        await getBillingGroup(db, accountId, billingGroupName)
        const thing = await getThing(db, accountId, thingName)
        // assumed: removing a thing that is not in the group is success
        if (thing.billingGroupName === billingGroupName)
          await setBillingGroup(db, accountId, thingName, undefined)
      })
    },

    async ListThingsInBillingGroup({ billingGroupName, ...paging }, { accountId }) {
      await getBillingGroup(store.read, accountId, billingGroupName)
      const page = parsePage(paging)
      const names = await listThingsInBillingGroup(store.read, accountId, billingGroupName, page)
      const { rows, nextToken } = toPage(names, page, (name) => name)
      return { things: rows, nextToken }
    },
  } satisfies Partial<Operations<typeof Iot>>
}

function membershipNames(input: Iot.AddThingToBillingGroupRequest, scope: ArnScope) {
  return {
    thingName: resourceName({ kind: 'thing', name: input.thingName, arn: input.thingArn, scope }),
    billingGroupName: resourceName({
      kind: 'billinggroup',
      name: input.billingGroupName,
      arn: input.billingGroupArn,
      scope,
    }),
  }
}
