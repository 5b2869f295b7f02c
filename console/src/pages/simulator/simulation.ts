import type { OperationCall } from '../../api/call.ts'

/** What is asked, as it stands in the address. */
export interface Question {
  /** A certificate id. */
  certificate?: string
  /** Names, with commas between them. */
  policies?: string
  clientId?: string
  action?: string
  resource?: string
}

export interface Statement {
  policyName: string
  target?: string
  index: number
  sid?: string
  document: string
}

export interface Simulation {
  decision: 'allow' | 'explicit-deny' | 'implicit-deny'
  explanation: string
  resource: string
  statement?: Statement
  variables: { name: string; value?: string }[]
  policies: { policyName: string; target?: string }[]
  suggestion?: string
  certificateStatus?: string
  thingName?: string
}

export const namesOf = ({ policies = '' }: Question): string[] =>
  policies.split(',').filter((name) => name !== '')

/** The body of the request; `draft` is a document that is not there yet. */
export function bodyOf(question: Question, draft: string): object {
  const { certificate, clientId, action = 'iot:Connect', resource = '' } = question
  return {
    ...(certificate && { certificateId: certificate }),
    policyNames: namesOf(question),
    ...(draft !== '' && { policyDocument: draft }),
    ...(clientId && { clientId }),
    action,
    resource,
  }
}

const authActions: Record<string, string> = {
  'iot:Connect': 'CONNECT',
  'iot:Publish': 'PUBLISH',
  'iot:Subscribe': 'SUBSCRIBE',
  'iot:Receive': 'RECEIVE',
}

/** AWS's own call for it, where it can ask this. */
export function toTestAuthorization(
  question: Question,
  { resource }: Pick<Simulation, 'resource'>,
  certificateArn: string | undefined,
): OperationCall[] {
  const actionType = authActions[question.action ?? 'iot:Connect']
  if (certificateArn === undefined || actionType === undefined) return []
  const { clientId } = question
  const names = namesOf(question)
  const input = {
    principal: certificateArn,
    authInfos: [{ actionType, resources: [resource] }],
    clientId,
    policyNamesToAdd: names.length > 0 ? names : undefined,
  }
  return [{ service: 'iot', operation: 'TestAuthorization', input }]
}
