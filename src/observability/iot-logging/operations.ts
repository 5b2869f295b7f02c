import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import type { Identities } from '../../access/identities/index.ts'
import { parsePage, toPage } from '../../api/aws/page.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { eventTypes } from './journal-events.ts'
import type { LoggingOptions, TargetType } from './logging-settings.ts'
import {
  deleteLevel,
  findOptions,
  getOptions,
  listLevels,
  putLevel,
  putOptions,
  type LevelsPage,
} from './store.ts'

export interface IotLoggingOperationsDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  identities: Pick<Identities, 'assumeServiceRole'>
}

export function iotLoggingOperations({ store, fabric, identities }: IotLoggingOperationsDeps) {
  const commit = commitsOf({ store, fabric }, 'logging-options')

  /** @throws {AwsError} when the caller may not hand out the role, or AWS IoT may not take it on */
  async function checkRole(roleArn: string, context: CallContext): Promise<void> {
    const service = 'iot.amazonaws.com'
    await context.authorize('iam:PassRole', roleArn, { 'iam:PassedToService': service })
    const { accountId } = context
    await identities.assumeServiceRole({ accountId, roleArn, service, sessionName: 'logging' })
  }

  async function change(accountId: string, changes: Partial<LoggingOptions>): Promise<void> {
    await commit(accountId, accountId, async (db) => {
      const known = await findOptions(db, accountId)
      const options = { ...unset(accountId), ...known, ...changes }
      if (options.roleArn === '')
        throw iotError('InvalidRequestException', 'roleArn must name the logging role')
      await putOptions(db, options)
    })
  }

  return {
    async SetV2LoggingOptions(input, context) {
      const { roleArn, defaultLogLevel, eventConfigurations, disableAllLogs = false } = input
      if (roleArn !== undefined) await checkRole(roleArn, context)
      await change(context.accountId, {
        disableAllLogs,
        ...(roleArn !== undefined && { roleArn }),
        ...(defaultLogLevel !== undefined && { defaultLogLevel }),
        ...(eventConfigurations !== undefined && { eventConfigurations: onceEach(eventConfigurations) }),
      })
    },

    async GetV2LoggingOptions({ verbose = false }, { accountId }) {
      const options = await getOptions(store.read, accountId)
      const { roleArn, defaultLogLevel, disableAllLogs, eventConfigurations } = options
      const configured = [...eventConfigurations]
      const isConfigured = (type: string) => configured.some(({ eventType }) => eventType === type)
      const others = eventTypes.filter((type) => verbose && !isConfigured(type))
      return {
        roleArn,
        defaultLogLevel,
        disableAllLogs,
        eventConfigurations: [
          ...configured,
          ...others.map((eventType) => ({ eventType, logLevel: defaultLogLevel })),
        ],
      }
    },

    async SetV2LoggingLevel({ logTarget, logLevel }, { accountId }) {
      const { targetType } = logTarget
      if (targetType === 'DEFAULT') {
        if (logTarget.targetName !== undefined)
          throw iotError('InvalidRequestException', 'the target DEFAULT has no targetName')
        await getOptions(store.read, accountId)
        return change(accountId, { defaultLogLevel: logLevel })
      }
      const targetName = checkTargetName(targetType, logTarget.targetName)
      await commit(accountId, accountId, async (db) => {
        await getOptions(db, accountId)
        await putLevel(db, accountId, { targetType, targetName, logLevel })
      })
    },

    async DeleteV2LoggingLevel({ targetType, targetName }, { accountId }) {
      if (targetType === 'DEFAULT')
        throw iotError(
          'InvalidRequestException',
          'the level of DEFAULT cannot be deleted: set it to DISABLED',
        )
      await commit(accountId, accountId, (db) => deleteLevel(db, accountId, { targetType, targetName }))
    },

    async ListV2LoggingLevels({ targetType, ...paging }, { accountId }) {
      const { defaultLogLevel } = await getOptions(store.read, accountId)
      const page = parsePage(paging)
      const isFirst = page.after === undefined && (targetType === undefined || targetType === 'DEFAULT')
      const first = isFirst
        ? [{ logTarget: { targetType: 'DEFAULT' as const }, logLevel: defaultLogLevel }]
        : []
      if (targetType === 'DEFAULT') return { logTargetConfigurations: first }
      const wanted: LevelsPage = { targetType, limit: page.limit, after: parseAfter(page.after) }
      const found = await listLevels(store.read, accountId, wanted)
      const { rows, nextToken } = toPage(found, page, (one) => `${one.targetType} ${one.targetName}`)
      const others = rows.map(({ logLevel, ...logTarget }) => ({ logTarget, logLevel }))
      return { logTargetConfigurations: [...first, ...others], nextToken }
    },

    async SetLoggingOptions({ loggingOptionsPayload: { roleArn, logLevel } }, context) {
      await checkRole(roleArn, context)
      await change(context.accountId, {
        roleArn,
        disableAllLogs: false,
        ...(logLevel !== undefined && { defaultLogLevel: logLevel }),
      })
    },

    // assumed: both generations of operations show and set the same options
    async GetLoggingOptions(_input, { accountId }) {
      const options = await findOptions(store.read, accountId)
      return options ? { roleArn: options.roleArn, logLevel: options.defaultLogLevel } : {}
    },
  } satisfies Partial<Operations<typeof Iot>>
}

const unset = (accountId: string): LoggingOptions => ({
  accountId,
  roleArn: '',
  defaultLogLevel: 'DISABLED', // assumed: nothing is logged until a level is asked for
  disableAllLogs: false,
  eventConfigurations: [],
})

/** @throws {AwsError} `InvalidRequestException` for an event type that is given twice */
function onceEach<Configuration extends { eventType: string }>(
  configurations: readonly Configuration[],
): readonly Configuration[] {
  const types = new Set<string>()
  for (const { eventType } of configurations) {
    if (types.has(eventType))
      throw iotError('InvalidRequestException', `the event type ${eventType} is configured twice`)
    types.add(eventType)
  }
  return configurations
}

const maxTargetNameLength = 512 // assumed

function checkTargetName(targetType: TargetType, targetName: string | undefined): string {
  if (targetName !== undefined && targetName !== '' && targetName.length <= maxTargetNameLength)
    return targetName
  throw iotError(
    'InvalidRequestException',
    `the target ${targetType} needs a targetName of 1 to ${maxTargetNameLength} characters`,
  )
}

/** @throws {AwsError} `InvalidRequestException` */
function parseAfter(key: string | undefined): LevelsPage['after'] {
  if (key === undefined) return undefined
  const [, type, targetName] = /^(THING_GROUP|CLIENT_ID|SOURCE_IP|PRINCIPAL_ID) (.+)$/s.exec(key) ?? []
  if (type === undefined || targetName === undefined)
    throw iotError('InvalidRequestException', 'the page marker is not one that this server gave out')
  return { targetType: type as TargetType, targetName }
}
