/** Which services there are, and which SigV4 scopes mean them. */
import type { CallContext, RequiredPermission } from '../aws/operations.ts'
import type { ServiceName } from '../aws/model.ts'

/** `never`: a handler of any input fits; the model says what the input is. */
type Handler = (input: never, context: CallContext) => Promise<unknown>
type Permission = (input: never, scope: { accountId: string; region: string }) => RequiredPermission

/** The operations of a service that are offered, by AWS name, and what each needs. Both have the same keys. */
export interface OfferedService {
  operations: Readonly<Record<string, Handler>>
  permissions: Readonly<Record<string, Permission>>
}

export type OfferedServices = Partial<Record<ServiceName, OfferedService>>

/** The scope of Muster's own routes. */
const ownService = 'muster'

/** The service in a credential scope: signing names, and endpoint prefixes that older clients sign with. */
const byScope: Readonly<Record<string, ServiceName>> = {
  iot: 'iot',
  'execute-api': 'iot', // clients before 2023
  iotdata: 'iot-data',
  iotdevicegateway: 'iot-data',
  'data-ats.iot': 'iot-data',
  'iot-jobs-data': 'iot-jobs-data',
  iam: 'iam',
  sts: 'sts',
  lambda: 'lambda',
  logs: 'logs',
  cloudtrail: 'cloudtrail',
  monitoring: 'cloudwatch',
  organizations: 'organizations',
}

/** Their endpoints stand in one region of AWS for all others. */
const globalServices = new Set(['iam', 'sts', 'organizations'])
const globalRegion = 'us-east-1'

export function findService(scopeName: string): ServiceName | undefined {
  return Object.hasOwn(byScope, scopeName) ? byScope[scopeName] : undefined
}

/** Whether a scope means Muster's own routes or a service of AWS that it has. */
export function isServiceHere(scopeName: string): boolean {
  return scopeName === ownService || findService(scopeName) !== undefined
}

/**
 * @returns why a signature for that scope is not for a server in `ownRegion`, or `undefined` when it is. A service that
 * Muster does not have may be in any region: that it is missing is said to those whose signature is right.
 */
export function findScopeFault(
  ownRegion: string,
  scope: { region: string; service: string },
): string | undefined {
  const { region, service } = scope
  if (!isServiceHere(service)) return undefined
  if (region === ownRegion || (globalServices.has(service) && region === globalRegion)) return undefined
  return `Credential should be scoped to a valid region: '${ownRegion}', not '${region}'.`
}

/** @throws {Error} naming an operation that could be called without being authorized, or the reverse */
export function checkPermissionsComplete(services: OfferedServices): void {
  for (const [service, { operations, permissions }] of Object.entries(services)) {
    const odd = new Set(Object.keys(operations)).symmetricDifference(new Set(Object.keys(permissions)))
    if (odd.size > 0) {
      throw new Error(`${service}: operations and permissions differ in ${[...odd].join(', ')}`)
    }
  }
}
