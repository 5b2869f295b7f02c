import type { Action } from '../../kit/action.ts'
import { iot } from '../resources/list.tsx'

/** What DescribeThing answers. */
export interface Thing {
  thingName: string
  thingArn: string
  thingTypeName?: string
  billingGroupName?: string
  version: number
  attributes?: Record<string, string>
}

export const describeThing = (thingName: string) => iot('DescribeThing', { thingName })

/** What can be done to things, from their list and from their page. */
export const thingActions = (names: readonly string[], onDeleted?: () => void): Action[] => [
  {
    label: 'Delete',
    question:
      'Its shadows and its places in groups go with it. Its certificates stay, and have to be detached before.',
    typed: 'delete',
    operation: names.map((thingName) => iot('DeleteThing', { thingName })),
    onDone: onDeleted,
  },
]
