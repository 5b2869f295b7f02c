/** Muster's own API: what policies say about one request of a device. AWS's TestAuthorization tells less of why. */
import { iotError } from '../../api/aws/errors.ts'
import { findText, getText, readJsonBody } from '../../api/aws/json-body.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import { formatArn, iotArn, parseArn, type ArnScope } from '../../lib/arn.ts'
import { deviceActions } from '../../lib/device-actions.ts'
import type { Store } from '../../store/index.ts'
import { CompiledPolicies } from './compiled-policies.ts'
import { simulate, type SimulationRequest } from './simulate.ts'

const members = [
  'certificateId',
  'policyNames',
  'policyDocument',
  'clientId',
  'sourceIp',
  'action',
  'resource',
] as const

const maxBodyBytes = 64 * 1024
const maxPolicies = 10

/** `POST /muster/v1/policy-simulation`. */
export function simulationRoute(deps: { store: Pick<Store, 'read'>; now: () => Date }, scope: ArnScope) {
  const compiled = new CompiledPolicies()
  return {
    method: 'POST',
    path: '/muster/v1/policy-simulation',
    action: 'muster:SimulatePolicy',
    resource: formatArn({ service: 'muster', ...scope, resource: 'policies' }),
    handle: async (
      _query: URLSearchParams,
      { accountId }: Pick<CallContext, 'accountId'>,
      body: Uint8Array,
    ) => {
      const request = readRequest(body, scope)
      return { ...(await simulate({ ...deps, compiled }, accountId, request)), resource: request.resource }
    },
  }
}

/** @throws {AwsError} `InvalidRequestException`, which names the member */
function readRequest(body: Uint8Array, scope: ArnScope): SimulationRequest {
  const document = readJsonBody(body, { members, maxBytes: maxBodyBytes })
  const action = getText(document, 'action')
  return {
    certificateId: findText(document, 'certificateId'),
    policyNames: readNames(document['policyNames']),
    policyDocument: findText(document, 'policyDocument'),
    clientId: findText(document, 'clientId'),
    sourceIp: findText(document, 'sourceIp'),
    action,
    resource: toArn(action, getText(document, 'resource'), scope),
  }
}

function readNames(names: unknown = []): string[] {
  const isList = Array.isArray(names) && names.every((name) => typeof name === 'string')
  if (isList && names.length <= maxPolicies) return names
  throw iotError('InvalidRequestException', `policyNames must be a list of at most ${maxPolicies} names`)
}

/** A client id, a topic, or a topic filter stands for its ARN. */
function toArn(action: string, resource: string, scope: ArnScope): string {
  if (parseArn(resource) || resource === '*') return resource
  if (Object.hasOwn(deviceActions, action))
    return iotArn(scope, `${deviceActions[action as keyof typeof deviceActions]}/${resource}`)
  throw iotError(
    'InvalidRequestException',
    `resource must be an ARN, or a name where action is one of ${Object.keys(deviceActions).join(', ')}`,
  )
}
