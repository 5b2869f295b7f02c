import type { Action } from '../../kit/action.ts'
import { iot } from '../resources/list.tsx'

/** What GetPolicy answers. */
export interface Policy {
  policyName: string
  policyArn: string
  policyDocument: string
  defaultVersionId: string
  creationDate?: number
  lastModifiedDate?: number
}

export interface PolicyVersion {
  versionId: string
  isDefaultVersion: boolean
  createDate?: number
}

export const getPolicy = (policyName: string) => iot('GetPolicy', { policyName })
export const listVersions = (policyName: string) => iot('ListPolicyVersions', { policyName })

export const emptyPolicy = JSON.stringify(
  {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }],
  },
  undefined,
  2,
)

/** What can be done to policies, from their list and from their page. */
export const policyActions = (names: readonly string[], onDeleted?: () => void): Action[] => [
  {
    label: 'Delete',
    question: 'It has to be detached from all targets, and its other versions have to be deleted, before.',
    typed: 'delete',
    operation: names.map((policyName) => iot('DeletePolicy', { policyName })),
    onDone: onDeleted,
  },
]
