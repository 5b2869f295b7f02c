import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { getCertificate, type DeviceCertificate } from '../../pki/certificates/index.ts'
import type { CompiledPolicy } from '../../access/policies/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { allGroupsOfThing } from '../../registry/thing-groups/index.ts'
import { getThing, listPrincipalThings } from '../../registry/things/index.ts'
import { effectivePolicies } from './attachment-store.ts'
import { decideAuthInfo } from './auth-info.ts'
import { CompiledPolicies } from './compiled-policies.ts'
import { createGrantsLoader, enrichingNothing } from './device-grants.ts'
import { parseTarget, policyArn } from './iot-policy.ts'
import { simulatedVariables } from './simulated-variables.ts'
import { getPolicy } from './store.ts'
import { checkTargetExists, withAncestors } from './target.ts'

/** The operations that tell what policies come to; part of `iotPoliciesOperations`. */
export function authorizationOperations({ store, now }: { store: Pick<Store, 'read'>; now: () => Date }) {
  const compiled = new CompiledPolicies()

  async function namedPolicies(accountId: string, names: readonly string[]): Promise<CompiledPolicy[]> {
    const policies: CompiledPolicy[] = []
    for (const name of names)
      policies.push(compiled.get(name, (await getPolicy(store.read, accountId, name)).policyDocument))
    return policies
  }

  return {
    async GetEffectivePolicies({ principal, thingName }, context) {
      const targets = await effectiveTargets(store.read, context.accountId, { principal, thingName })
      const policies = await effectivePolicies(store.read, context.accountId, targets)
      const byName = new Map(policies.map((policy) => [policy.policyName, policy.policyDocument]))
      const listed = [...byName].map(([policyName, policyDocument]) => ({
        policyName,
        policyArn: policyArn(context, policyName),
        policyDocument,
      }))
      return { effectivePolicies: listed }
    },

    async TestAuthorization(input, context) {
      const { accountId } = context
      const { principal, clientId, authInfos, policyNamesToAdd = [], policyNamesToSkip = [] } = input
      const certificate = await findPrincipal(store.read, accountId, principal)
      const key = { ...certificate, clientId, protocol: 'mqtt' as const }
      const grants = await createGrantsLoader(store.read, { compiled, enriching: enrichingNothing })(key)
      await namedPolicies(accountId, policyNamesToSkip) // each must be there
      const attached = grants.granted.map(({ policy }) => policy)
      const added = await namedPolicies(accountId, policyNamesToAdd)
      const byName = new Map([...attached, ...added].map((policy) => [policy.name, policy]))
      for (const name of policyNamesToSkip) byName.delete(name)
      const lookup = simulatedVariables({ certificate, grants, clientId, now })
      const request = { policies: [...byName.values()], lookup, scope: context }
      return { authResults: authInfos.map((authInfo) => decideAuthInfo(authInfo, request)) }
    },
  } satisfies Partial<Operations<typeof Iot>>
}

/**
 * Certificates of a principal, and groups of a thing. A thing's groups count for the principals attached to it.
 * assumed: without a principal the policies of the thing's groups are listed
 */
async function effectiveTargets(
  db: Db,
  accountId: string,
  { principal, thingName }: { principal: string | undefined; thingName: string | undefined },
): Promise<string[]> {
  if (principal === undefined && thingName === undefined)
    throw iotError('InvalidRequestException', 'a principal, a thing name, or both are needed, got neither')
  if (thingName !== undefined) await getThing(db, accountId, thingName)
  const groups = thingName === undefined ? [] : await allGroupsOfThing(db, accountId, thingName)
  const groupArns = groups.map(({ groupArn }) => groupArn)
  if (principal === undefined) return groupArns
  await checkTargetExists(db, accountId, principal)
  const own = await withAncestors(db, accountId, principal)
  const things = await listPrincipalThings(db, accountId, principal)
  const isAttached = things.some((thing) => thing.thingName === thingName)
  return isAttached ? [...own, ...groupArns] : own
}

async function findPrincipal(
  db: Db,
  accountId: string,
  principal: string | undefined,
): Promise<DeviceCertificate> {
  const target = principal === undefined ? undefined : parseTarget(principal)
  if (principal === undefined || target?.kind !== 'certificate')
    throw iotError('InvalidRequestException', 'the principal must be the ARN of a certificate')
  await checkTargetExists(db, accountId, principal)
  return getCertificate(db, accountId, target.id)
}
