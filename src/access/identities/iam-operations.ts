import type { CallContext } from '../../api/aws/operations.ts'
import { iamArn } from '../../lib/arn.ts'
import type { Store } from '../../store/index.ts'
import { absentEntitiesOperations } from './absent-entities-operations.ts'
import { accessKeysOperations } from './access-keys-operations.ts'
import { accountOperations } from './account-operations.ts'
import { attachedPoliciesOperations } from './attached-policies-operations.ts'
import type { IdentitiesDeps } from './commit-change.ts'
import { findIdentity } from './entities/identity-store.ts'
import { groupsOperations } from './groups-operations.ts'
import { iamTargets, type Target } from './authorization/iam-targets.ts'
import { inlinePoliciesOperations } from './inline-policies-operations.ts'
import { loginProfilesOperations } from './login-profiles-operations.ts'
import { managedPoliciesOperations } from './managed-policies-operations.ts'
import { mfaOperations } from './mfa-operations.ts'
import { rolesOperations } from './roles-operations.ts'
import { simulationOperations } from './simulation/simulation-operations.ts'
import { tagsOperations } from './tags-operations.ts'
import { usersOperations } from './users-operations.ts'

/** All of IAM that Muster offers. Each operation on a named identity asks first whether the caller may. */
export function iamOperations(deps: IdentitiesDeps) {
  return withAuthorization(deps.store, {
    ...usersOperations(deps),
    ...groupsOperations(deps),
    ...rolesOperations(deps),
    ...accessKeysOperations(deps),
    ...loginProfilesOperations(deps),
    ...mfaOperations(deps),
    ...accountOperations(deps),
    ...managedPoliciesOperations(deps),
    ...attachedPoliciesOperations(deps),
    ...inlinePoliciesOperations(deps),
    ...tagsOperations(deps),
    ...simulationOperations(deps),
    ...absentEntitiesOperations(deps),
  })
}

type Handler = (input: never, context: CallContext) => Promise<unknown>

function withAuthorization<Handlers extends Record<string, Handler>>(
  store: Store,
  handlers: Handlers,
): Handlers {
  const targets = new Map<string, (input: never) => Target[]>(Object.entries(iamTargets))
  const guarded = Object.entries(handlers).map(([operation, handle]): [string, Handler] => {
    const targetsOf = targets.get(operation)
    if (!targetsOf) return [operation, handle]
    return [
      operation,
      async (input, context) => {
        for (const target of targetsOf(input)) await authorizeTarget(store, operation, target, context)
        return await handle(input, context)
      },
    ]
  })
  return Object.fromEntries(guarded) as Handlers
}

/** A name that is not there is asked about without a path: who may not ask does not learn that it is free. */
async function authorizeTarget(
  store: Store,
  operation: string,
  { kind, action = `iam:${operation}`, name, path, renamed, conditions }: Target,
  context: CallContext,
): Promise<void> {
  const { accountId, caller } = context
  if (name === undefined) return await context.authorize(action, caller.arn, conditions)
  if (path !== undefined)
    return await context.authorize(action, iamArn(accountId, `${kind}${path}${name}`), conditions)
  const identity = await findIdentity(store.read, { accountId, kind, name: renamed ?? name })
  if (!identity) return await context.authorize(action, iamArn(accountId, `${kind}/${name}`), conditions)
  const arn = iamArn(accountId, `${kind}${identity.path}${name}`)
  const boundary =
    identity.boundaryArn === undefined ? {} : { 'iam:PermissionsBoundary': identity.boundaryArn }
  await context.authorize(action, arn, { ...boundary, ...conditions })
}
