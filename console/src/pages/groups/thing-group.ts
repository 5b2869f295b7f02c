import type { Action } from '../../kit/action.ts'
import { iot } from '../resources/list.tsx'

/** What DescribeThingGroup answers. */
export interface ThingGroup {
  thingGroupName: string
  thingGroupArn: string
  version: number
  thingGroupProperties?: GroupProperties
  thingGroupMetadata?: { parentGroupName?: string; creationDate?: number }
}

export interface GroupProperties {
  thingGroupDescription?: string
  attributePayload?: { attributes?: Record<string, string> }
}

/** What can be done to thing groups, from their list and from their page. */
export const thingGroupActions = (names: readonly string[], onDeleted?: () => void): Action[] => [
  {
    label: 'Delete',
    question: 'Its things stay. Groups below it have to be deleted before.',
    typed: 'delete',
    operation: names.map((thingGroupName) => iot('DeleteThingGroup', { thingGroupName })),
    onDone: onDeleted,
  },
]
