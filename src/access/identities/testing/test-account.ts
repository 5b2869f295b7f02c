/** An account on a database of its own, for the tests of this folder. */
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { Caller } from '../../../api/aws/caller.ts'
import type { CallContext, RequiredPermission } from '../../../api/aws/operations.ts'
import { createLocalFabric } from '../../../fabric/in-process/index.ts'
import type { PasswordCost } from '../people/password-hash.ts'
import { rootCaller } from '../credentials/callers.ts'
import { iamOperations } from '../iam-operations.ts'
import { createIdentities, type Identities } from '../identities.ts'
import { iamPermissions } from '../permissions.ts'
import { stsOperations } from '../sts-operations.ts'

export const accountId = '000000000000'
const region = 'us-east-1'

/** Where the clock of an account stands, unless the test moves `clock.now`. */
export const start = new Date('2026-01-02T03:04:05Z')

type Iam = ReturnType<typeof iamOperations>

/** For tests that are not about the cost of a password. */
const lowCost: PasswordCost = { logN: 4, r: 8, p: 1 }

export async function openTestAccount(options: { passwordCost?: PasswordCost } = { passwordCost: lowCost }) {
  const store = await openTestStore()
  const fabric = createLocalFabric()
  const clock = { now: start }
  const now = () => clock.now
  const identities = createIdentities({ store, fabric, accountId, now, ...options })
  const contextOf = (caller: Caller) => contextFor(identities, caller)
  const iam = createIamCalls(iamOperations({ store, fabric, now, ...options }), contextOf)
  return {
    store,
    identities,
    iam,
    sts: stsOperations({ store, identities, now }),
    clock,
    contextOf,
    root: rootCaller(accountId),

    /** A new user with one inline policy and an access key, as the caller that its requests have. */
    signIn: async (UserName: string, statement: object): Promise<Caller> => {
      await iam('CreateUser', { UserName })
      await iam('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument: policy(statement) })
      const { AccessKey } = await iam('CreateAccessKey', { UserName })
      const credential = await identities.findCredential(AccessKey.AccessKeyId)
      if (!credential) throw new Error('the new key is not found')
      return credential.caller
    },

    async [Symbol.asyncDispose]() {
      identities[Symbol.dispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

function contextFor(identities: Identities, caller: Caller): CallContext {
  return {
    caller,
    accountId,
    region,
    requestId: 'request-1',
    sourceIp: '192.0.2.1',
    authorize: async (action, resource, conditions = {}) =>
      await identities.authorize(caller, { action, resource, conditions }),
  }
}

/** Calls as requests are served: the operation's permission is checked, then its handler runs. */
function createIamCalls(handlers: Iam, contextOf: (caller: Caller) => CallContext) {
  return async <Name extends keyof Iam>(
    operation: Name,
    input: Parameters<Iam[Name]>[0],
    caller: Caller = rootCaller(accountId),
  ): Promise<Awaited<ReturnType<Iam[Name]>>> => {
    const context = contextOf(caller)
    const permissionOf = iamPermissions[operation] as (
      input: unknown,
      scope: CallContext,
    ) => RequiredPermission
    for (const resource of permissionOf(input, context).resources)
      await context.authorize(`iam:${operation}`, resource)
    const handle = handlers[operation] as unknown as (
      input: unknown,
      context: CallContext,
    ) => Promise<Awaited<ReturnType<Iam[Name]>>>
    return await handle(input, context)
  }
}

export function policy(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

export const allow = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})

export const deny = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  Effect: 'Deny',
  Action,
  Resource,
  ...more,
})

/** A trust policy for the principal, e.g. `{ Service: 'iot.amazonaws.com' }`. */
export function trusting(Principal: object | string, more: object = {}): string {
  return policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more })
}
