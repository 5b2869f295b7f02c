/** The API calls whose cost is compared between accounts of different sizes. */
import {
  CreateThingCommand,
  DeleteBillingGroupCommand,
  DeleteThingCommand,
  DescribeThingCommand,
  IoTClient,
  ListAttachedPoliciesCommand,
  ListCertificatesCommand,
  ListThingGroupsCommand,
  ListThingGroupsForThingCommand,
  ListThingPrincipalsCommand,
  ListThingsCommand,
  ListThingsInThingGroupCommand,
  type ListThingsCommandInput,
} from '@aws-sdk/client-iot'
import { signedRequest } from '../src/cli/signed-request.ts'
import { filled } from './growth-fill.ts'
import type { MeasuredMuster } from './servers.ts'

export interface Operation {
  name: string
  /** Changes nothing, and may come any number of times. */
  isRead: boolean
  /** The `index`th call, from 0. */
  call: (index: number) => Promise<unknown>
}

const pageSize = 25

export function growthOperations({ endpoints, rootKey }: MeasuredMuster, things: number): Operation[] {
  const { apiUrl: endpoint, region, accountId } = endpoints
  const iot = new IoTClient({ endpoint, region, credentials: rootKey })
  /** All over the account, the same number of different ones in each. */
  const some = (index: number) => (index * 7919) % things
  const thingName = (index: number) => filled.thing(some(index))
  const list = (name: string, filter: ListThingsCommandInput): Operation => ({
    name: `ListThings ${name}`,
    isRead: true,
    call: () => iot.send(new ListThingsCommand({ ...filter, maxResults: pageSize })),
  })
  const explain = (index: number) => `/muster/v1/explain?subject=${thingName(index)}`
  return [
    {
      name: 'DescribeThing',
      isRead: true,
      call: (index) => iot.send(new DescribeThingCommand({ thingName: thingName(index) })),
    },
    {
      name: 'ListThingPrincipals',
      isRead: true,
      call: (index) => iot.send(new ListThingPrincipalsCommand({ thingName: thingName(index) })),
    },
    list('', {}),
    list('by attributeName alone', { attributeName: 'serial' }),
    list('by attribute and type', { attributeName: 'version', attributeValue: 'v1', thingTypeName: 'Torch' }),
    list('by prefix', { attributeName: 'serial', attributeValue: '0000', usePrefixAttributeValue: true }),
    list('by type', { thingTypeName: 'Torch' }),
    {
      name: 'ListAttachedPolicies',
      isRead: true,
      call: (index) => {
        const target = `arn:aws:iot:${region}:${accountId}:cert/${filled.certificateId(some(index))}`
        return iot.send(new ListAttachedPoliciesCommand({ target }))
      },
    },
    {
      name: 'ListCertificates',
      isRead: true,
      call: () => iot.send(new ListCertificatesCommand({ pageSize })),
    },
    {
      name: 'ListThingsInThingGroup, recursive',
      isRead: true,
      call: () =>
        iot.send(
          new ListThingsInThingGroupCommand({
            thingGroupName: filled.site,
            recursive: true,
            maxResults: pageSize,
          }),
        ),
    },
    {
      name: 'ListThingGroupsForThing',
      isRead: true,
      call: (index) => iot.send(new ListThingGroupsForThingCommand({ thingName: thingName(index) })),
    },
    {
      name: 'ListThingGroups',
      isRead: true,
      call: () => iot.send(new ListThingGroupsCommand({ parentGroup: filled.site, maxResults: pageSize })),
    },
    {
      name: 'CreateThing',
      isRead: false,
      call: (index) => iot.send(new CreateThingCommand({ thingName: `new-${index}` })),
    },
    {
      name: 'DeleteThing, unattached',
      isRead: false,
      call: (index) => iot.send(new DeleteThingCommand({ thingName: filled.spare(index) })),
    },
    {
      name: 'DeleteBillingGroup',
      isRead: false,
      call: (index) =>
        iot.send(new DeleteBillingGroupCommand({ billingGroupName: filled.billingGroup(index) })),
    },
    {
      name: 'muster explain',
      isRead: true,
      call: (index) =>
        signedRequest(
          { apiUrl: endpoint, region, ...rootKey },
          { service: 'muster', method: 'GET', path: explain(index) },
        ),
    },
  ]
}
