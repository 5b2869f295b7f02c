import type { Action } from '../../kit/action.ts'
import { iot } from '../resources/list.tsx'

/** What DescribeBillingGroup answers. */
export interface BillingGroup {
  billingGroupName: string
  billingGroupArn: string
  version: number
  billingGroupProperties?: { billingGroupDescription?: string }
  billingGroupMetadata?: { creationDate?: number }
}

/** What can be done to billing groups, from their list and from their page. */
export const billingGroupActions = (names: readonly string[], onDeleted?: () => void): Action[] => [
  {
    label: 'Delete',
    question: 'Its things stay.',
    typed: 'delete',
    operation: names.map((billingGroupName) => iot('DeleteBillingGroup', { billingGroupName })),
    onDone: onDeleted,
  },
]
