/** Statements of functions' resource-based policies. */
import type { Db } from '../../store/index.ts'
import type { FunctionKey } from './function-store.ts'
import { lambdaError } from './lambda-error.ts'

/** A statement as AddPermission makes them. */
export interface PermissionStatement {
  Sid: string
  Effect: 'Allow'
  Principal: '*' | Record<string, string>
  Action: string
  Resource: string
  Condition?: Record<string, Record<string, string>>
}

/** Bytes of a function's policy (Lambda quotas, "Resource-based policy size"). */
const maxPolicyBytes = 20 * 1024

/** `qualifier` is a version, an alias, or empty for the function itself. */
export interface PolicyKey extends FunctionKey {
  qualifier: string
}

/** @throws {AwsError} `ResourceConflictException` for a statement id in use; `PolicyLengthExceededException` */
export async function addStatement(
  db: Db,
  key: PolicyKey,
  { statement, now }: { statement: PermissionStatement; now: Date },
): Promise<void> {
  const present = await listStatements(db, key)
  if (present.some(({ Sid }) => Sid === statement.Sid))
    throw lambdaError(
      'ResourceConflictException',
      `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    )
  if (Buffer.byteLength(JSON.stringify([...present, statement])) > maxPolicyBytes)
    throw lambdaError(
      'PolicyLengthExceededException',
      `The final policy size would be more than ${maxPolicyBytes} bytes.`,
    )
  await db
    .insertInto('function_permissions')
    .values({
      account_id: key.accountId,
      function_name: key.functionName,
      qualifier: key.qualifier,
      statement_id: statement.Sid,
      statement: JSON.stringify(statement),
      created_at: now.getTime(),
    })
    .execute()
}

/** In the order in which they were added. */
export async function listStatements(
  db: Db,
  { accountId, functionName, qualifier }: Omit<PolicyKey, 'region'>,
): Promise<PermissionStatement[]> {
  const rows = await db
    .selectFrom('function_permissions')
    .select('statement')
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
    .where('qualifier', '=', qualifier)
    .orderBy('created_at')
    .orderBy('statement_id')
    .execute()
  return rows.map(({ statement }) => JSON.parse(statement) as PermissionStatement)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function removeStatement(db: Db, key: PolicyKey, statementId: string): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('function_permissions')
    .where('account_id', '=', key.accountId)
    .where('function_name', '=', key.functionName)
    .where('qualifier', '=', key.qualifier)
    .where('statement_id', '=', statementId)
    .executeTakeFirst()
  if (numDeletedRows === 0n)
    throw lambdaError(
      'ResourceNotFoundException',
      `Statement ${statementId} is not found in resource policy.`,
    )
}
