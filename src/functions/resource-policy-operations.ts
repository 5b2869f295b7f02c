import { createHash } from 'node:crypto'
import type * as Lambda from '@aws-sdk/client-lambda'
import type { CallContext, Operations } from '../api/aws/operations.ts'
import type { LambdaDeps } from './functions-operations.ts'
import { resolveTarget } from './invocations/target.ts'
import { functionArn, parseFunctionName } from './registry/function-name.ts'
import { checkRevision } from './registry/function-store.ts'
import { latest } from './registry/function-version.ts'
import { lambdaError } from './registry/lambda-error.ts'
import {
  addStatement,
  listStatements,
  removeStatement,
  type PermissionStatement,
  type PolicyKey,
} from './registry/permission-store.ts'

export function resourcePolicyOperations({ store, now }: Pick<LambdaDeps, 'store' | 'now'>) {
  /** The policy belongs to what is named: the function, a version, or an alias. */
  async function getKey(context: CallContext, name: string, qualifier?: string): Promise<PolicyKey> {
    const reference = parseFunctionName(context, name, qualifier)
    if (reference.qualifier === latest)
      throw lambdaError(
        'InvalidParameterValueException',
        'We currently do not support adding policies for $LATEST.',
      )
    await resolveTarget(store.read, context, reference, 1)
    const { accountId, region } = context
    const { functionName } = reference
    return { accountId, region, functionName, qualifier: reference.qualifier ?? '' }
  }

  return {
    async AddPermission(input, context) {
      const key = await getKey(context, input.FunctionName, input.Qualifier)
      const statement = toStatement(input, key)
      await store.transact(async (db) => {
        checkRevision(revisionOf(await listStatements(db, key)), input.RevisionId)
        await addStatement(db, key, { statement, now: now() })
      })
      return { Statement: JSON.stringify(statement) }
    },

    async RemovePermission({ FunctionName, Qualifier, StatementId, RevisionId }, context) {
      const key = await getKey(context, FunctionName, Qualifier)
      await store.transact(async (db) => {
        checkRevision(revisionOf(await listStatements(db, key)), RevisionId)
        await removeStatement(db, key, StatementId)
      })
    },

    async GetPolicy({ FunctionName, Qualifier }, context) {
      const statements = await listStatements(store.read, await getKey(context, FunctionName, Qualifier))
      if (statements.length === 0)
        throw lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.')
      const Policy = JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements })
      return { Policy, RevisionId: revisionOf(statements) }
    },
  } satisfies Partial<Operations<typeof Lambda>>
}

function toStatement(input: Lambda.AddPermissionRequest, key: PolicyKey): PermissionStatement {
  const { functionName, qualifier } = key
  const conditions: Record<string, Record<string, string | undefined>> = {
    StringEquals: {
      'AWS:SourceAccount': input.SourceAccount,
      'aws:PrincipalOrgID': input.PrincipalOrgID,
      'lambda:EventSourceToken': input.EventSourceToken,
      'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType,
    },
    ArnLike: { 'AWS:SourceArn': input.SourceArn },
    Bool: { 'lambda:InvokedViaFunctionUrl': input.InvokedViaFunctionUrl?.toString() },
  }
  const Condition = dropAbsent(conditions)
  return {
    Sid: input.StatementId ?? '',
    Effect: 'Allow',
    Principal: toPrincipal(input.Principal ?? ''),
    Action: input.Action ?? '',
    Resource: functionArn(key, { functionName, ...(qualifier !== '' && { qualifier }) }),
    ...(Object.keys(Condition).length > 0 && { Condition }),
  }
}

/** Keeps the operators that have a value to compare with. */
function dropAbsent(
  conditions: Record<string, Record<string, string | undefined>>,
): Record<string, Record<string, string>> {
  const entries = Object.entries(conditions).flatMap(([operator, keys]) => {
    const given = Object.entries(keys).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))
    return given.length === 0 ? [] : [[operator, Object.fromEntries(given) as Record<string, string>]]
  })
  return Object.fromEntries(entries) as Record<string, Record<string, string>>
}

/** @throws {AwsError} `InvalidParameterValueException` */
function toPrincipal(principal: string): PermissionStatement['Principal'] {
  if (principal === '*') return '*'
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` }
  if (/^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:\S+$/.test(principal)) return { AWS: principal }
  if (/^[a-z\d.-]+\.amazon(?:aws)?\.com$/.test(principal)) return { Service: principal }
  throw lambdaError(
    'InvalidParameterValueException',
    `The provided principal was invalid. Please check the principal and try again: ${principal}`,
  )
}

/** Changes with every change of the policy. */
function revisionOf(statements: readonly PermissionStatement[]): string {
  const hash = createHash('sha256').update(JSON.stringify(statements)).digest('hex')
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}
