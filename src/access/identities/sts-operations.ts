import type * as Sts from '@aws-sdk/client-sts'
import type { Caller } from '../../api/aws/caller.ts'
import { stsError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import type { Store } from '../../store/index.ts'
import { identityIdOf, roleCaller } from './credentials/callers.ts'
import { mergeSessionPolicies, sessionTokenPolicy } from './credentials/session-policy.ts'
import { createSession } from './credentials/session-store.ts'
import type { Identities } from './identities.ts'

interface StsDeps {
  store: Store
  identities: Pick<Identities, 'getAssumableRole' | 'proveSecondFactor'>
  now: () => Date
}

/** Seconds. A role that is assumed by a role, and root's sessions, last an hour at most. */
const hour = 3600
const defaultSessionTokenSeconds = 12 * hour

export function stsOperations({ store, identities, now }: StsDeps) {
  return {
    async GetCallerIdentity(_input, { caller }) {
      return { UserId: caller.userId, Account: caller.accountId, Arn: caller.arn }
    },

    async AssumeRole(input, { caller, sourceIp }) {
      checkOffered(input)
      const { RoleSessionName, ExternalId, Policy, DurationSeconds = hour } = input
      const policyArns = (input.PolicyArns ?? []).flatMap(({ arn }) => arn ?? [])
      const mfaAt = await findProof(identities, caller, input)
      const asker = mfaAt === undefined ? caller : { ...caller, mfaAt }
      const role = await identities.getAssumableRole(asker, {
        roleArn: input.RoleArn,
        conditions: {
          'aws:SourceIp': sourceIp,
          'sts:RoleSessionName': RoleSessionName,
          ...(ExternalId === undefined ? {} : { 'sts:ExternalId': ExternalId }),
        },
      })
      const { accountId } = role // which may be another than the caller's
      checkDuration(DurationSeconds, caller.kind === 'assumed-role', role.maxSessionSeconds ?? hour)
      const credentials = await store.transact(
        async (db) =>
          await createSession(
            db,
            {
              accountId,
              identityId: role.identityId,
              sessionName: RoleSessionName,
              sessionPolicy: await mergeSessionPolicies(db, { accountId, document: Policy, policyArns }),
              durationSeconds: DurationSeconds,
              mfaAt: asker.mfaAt ?? null, // assumed: who proved it before has it in the role's session, too
              now: now(),
            },
            store.secrets,
          ),
      )
      const { userId, arn } = roleCaller(role, RoleSessionName)
      return { Credentials: credentials, AssumedRoleUser: { AssumedRoleId: userId, Arn: arn } }
    },

    async GetSessionToken(input, { accountId, caller }) {
      if (caller.kind === 'assumed-role' || caller.sessionPolicy !== undefined)
        throw stsError('AccessDenied', 'Cannot call GetSessionToken with session credentials')
      const mfaAt = await findProof(identities, caller, input)
      const wanted = input.DurationSeconds ?? defaultSessionTokenSeconds
      const credentials = await store.transact(
        async (db) =>
          await createSession(
            db,
            {
              accountId,
              identityId: identityIdOf(caller),
              sessionPolicy: sessionTokenPolicy,
              mfaAt: mfaAt ?? null,
              durationSeconds: caller.kind === 'root' ? Math.min(wanted, hour) : wanted,
              now: now(),
            },
            store.secrets,
          ),
      )
      return { Credentials: credentials }
    },
  } satisfies Partial<Operations<typeof Sts>>
}

const notOffered = ['Tags', 'TransitiveTagKeys', 'SourceIdentity', 'ProvidedContexts'] as const

/** Members that change what a session may do and are not offered are refused, never passed over. */
function checkOffered(input: { [Member in (typeof notOffered)[number]]?: unknown }): void {
  for (const member of notOffered)
    if (input[member] !== undefined) throw stsError('ValidationError', `${member} is not offered by Muster`)
}

/** When the caller proved a second factor in this call; `undefined` when none is given. */
async function findProof(
  identities: Pick<Identities, 'proveSecondFactor'>,
  caller: Caller,
  { SerialNumber, TokenCode }: { SerialNumber?: string | undefined; TokenCode?: string | undefined },
): Promise<Date | undefined> {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined
  if (SerialNumber === undefined || TokenCode === undefined)
    throw stsError('ValidationError', 'SerialNumber and TokenCode go together')
  return identities.proveSecondFactor(caller, { serialNumber: SerialNumber, code: TokenCode })
}

function checkDuration(seconds: number, isChained: boolean, maxSessionSeconds: number): void {
  if (isChained && seconds > hour)
    throw stsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  if (seconds > maxSessionSeconds)
    throw stsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
}
