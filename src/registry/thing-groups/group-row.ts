import type { Tables } from '../../store/index.ts'
import { parseAttributes, serializeAttributes } from '../things/index.ts'
import type { ThingGroup } from './thing-group.ts'

export function toRow(group: ThingGroup): Tables['thing_groups'] {
  return {
    account_id: group.accountId,
    thing_group_name: group.thingGroupName,
    thing_group_id: group.thingGroupId,
    thing_group_arn: group.thingGroupArn,
    parent_group_name: group.parentGroupName ?? null,
    root_group_name: group.rootGroupName,
    description: group.description,
    attributes: serializeAttributes(group.attributes),
    version: group.version,
    creation_date: group.creationDate.getTime(),
  }
}

export function fromRow(row: Tables['thing_groups']): ThingGroup {
  return {
    accountId: row.account_id,
    thingGroupName: row.thing_group_name,
    thingGroupId: row.thing_group_id,
    thingGroupArn: row.thing_group_arn,
    parentGroupName: row.parent_group_name ?? undefined,
    rootGroupName: row.root_group_name,
    description: row.description,
    attributes: parseAttributes(row.attributes),
    version: row.version,
    creationDate: new Date(row.creation_date),
  }
}
