import {
  CreateThingGroupCommand,
  DescribeThingGroupCommand,
  paginateListThingGroups,
  paginateListThingsInThingGroup,
  type DescribeThingGroupCommandOutput,
  type ThingGroupProperties,
} from '@aws-sdk/client-iot'
import { inPages, once, type End } from './ends.ts'
import type { Copy } from './items.ts'
import { planNamed, type Named, type NamedKind } from './named.ts'
import { tagsMember } from './tags.ts'

interface Group {
  parentGroupName?: string | undefined
  thingGroupProperties?: ThingGroupProperties | undefined
  /** Of a dynamic group. */
  queryString?: string | undefined
}

export const listThingGroups = (end: End) =>
  once(end, 'thing groups', async () => {
    const all: Named[] = []
    for await (const page of paginateListThingGroups(inPages(end), { recursive: true }))
      for (const { groupName = '', groupArn = '' } of page.thingGroups ?? [])
        all.push({ name: groupName, arn: groupArn })
    return all
  })

const describeThingGroup = (end: End, thingGroupName: string): Promise<DescribeThingGroupCommandOutput> =>
  once(end, `thing group ${thingGroupName}`, () =>
    end.iot.send(new DescribeThingGroupCommand({ thingGroupName })),
  )

const thingGroups: NamedKind<Group> = {
  kind: 'thing-groups',
  list: listThingGroups,
  async describe(end, name) {
    const { thingGroupMetadata, thingGroupProperties, queryString } = await describeThingGroup(end, name)
    return { parentGroupName: thingGroupMetadata?.parentGroupName, thingGroupProperties, queryString }
  },
  async make({ iot }, thingGroupName, { content: { parentGroupName, thingGroupProperties }, tags }) {
    const parent = parentGroupName === undefined ? {} : { parentGroupName }
    await iot.send(
      new CreateThingGroupCommand({ thingGroupName, thingGroupProperties, ...parent, ...tagsMember(tags) }),
    )
  },
  async rank(from, name) {
    const { thingGroupMetadata } = await describeThingGroup(from, name)
    return thingGroupMetadata?.rootToParentThingGroups?.length ?? 0
  },
  leaveOut: ({ queryString }) =>
    queryString === undefined ? undefined : `a dynamic group: its members come by the query ${queryString}`,
}

export const planThingGroups = (copy: Copy) => planNamed(thingGroups, copy)

/** Names of the things that are in a group itself. */
export async function listThingsInGroup(end: End, thingGroupName: string): Promise<string[]> {
  const all: string[] = []
  for await (const { things = [] } of paginateListThingsInThingGroup(inPages(end), { thingGroupName }))
    all.push(...things)
  return all
}
