import type { LogEventConfiguration } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { PageRequest } from '../../api/aws/page.ts'
import type { Db } from '../../store/index.ts'
import type { LoggingOptions, TargetLevel, TargetType } from './logging-settings.ts'

const maxLevels = 1000 // assumed: AWS names LimitExceededException but not the limit

export async function listConfiguredAccounts(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('iot_logging_options').select('account_id').execute()
  return rows.map((row) => row.account_id)
}

export async function findOptions(db: Db, accountId: string): Promise<LoggingOptions | undefined> {
  const row = await db
    .selectFrom('iot_logging_options')
    .selectAll()
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return (
    row && {
      accountId,
      roleArn: row.role_arn,
      defaultLogLevel: row.default_log_level,
      disableAllLogs: row.is_disabled === 1,
      eventConfigurations: JSON.parse(row.event_configurations) as LogEventConfiguration[],
    }
  )
}

/** @throws {AwsError} `NotConfiguredException` */
export async function getOptions(db: Db, accountId: string): Promise<LoggingOptions> {
  const options = await findOptions(db, accountId)
  if (!options)
    throw iotError(
      'NotConfiguredException',
      'AWS IoT logging is not configured: call SetV2LoggingOptions first',
    )
  return options
}

export async function putOptions(db: Db, options: LoggingOptions): Promise<void> {
  const values = {
    role_arn: options.roleArn,
    default_log_level: options.defaultLogLevel,
    is_disabled: options.disableAllLogs ? 1 : 0,
    event_configurations: JSON.stringify(options.eventConfigurations),
  }
  await db
    .insertInto('iot_logging_options')
    .values({ account_id: options.accountId, ...values })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(values))
    .execute()
}

/** @throws {AwsError} `LimitExceededException` */
export async function putLevel(db: Db, accountId: string, level: TargetLevel): Promise<void> {
  const { targetType, targetName, logLevel } = level
  const others = (await listLevels(db, accountId)).filter(
    (one) => one.targetType !== targetType || one.targetName !== targetName,
  )
  if (others.length >= maxLevels)
    throw iotError('LimitExceededException', `an account has at most ${maxLevels} logging levels`)
  await db
    .insertInto('iot_logging_levels')
    .values({
      account_id: accountId,
      target_type: targetType,
      target_name: targetName,
      log_level: logLevel,
    })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'target_type', 'target_name']).doUpdateSet({ log_level: logLevel }),
    )
    .execute()
}

export async function deleteLevel(
  db: Db,
  accountId: string,
  { targetType, targetName }: Pick<TargetLevel, 'targetType' | 'targetName'>,
): Promise<void> {
  await db
    .deleteFrom('iot_logging_levels')
    .where('account_id', '=', accountId)
    .where('target_type', '=', targetType)
    .where('target_name', '=', targetName)
    .execute()
}

export interface LevelsPage extends Pick<PageRequest, 'limit'> {
  targetType?: TargetType | undefined
  after?: Pick<TargetLevel, 'targetType' | 'targetName'> | undefined
}

/** By type and name: all, or a page and one more when there are more. */
export async function listLevels(db: Db, accountId: string, page?: LevelsPage): Promise<TargetLevel[]> {
  let query = db
    .selectFrom('iot_logging_levels')
    .select(['target_type as targetType', 'target_name as targetName', 'log_level as logLevel'])
    .where('account_id', '=', accountId)
    .orderBy('target_type')
    .orderBy('target_name')
  if (page) query = query.limit(page.limit + 1)
  if (page?.targetType !== undefined) query = query.where('target_type', '=', page.targetType)
  const after = page?.after
  if (after)
    query = query.where((is) =>
      is(is.refTuple('target_type', 'target_name'), '>', is.tuple(after.targetType, after.targetName)),
    )
  return query.execute()
}
