/**
 * Which entries an account wants. Source: AWS IoT Developer Guide, "Configure AWS IoT logging"; AWS IoT API Reference,
 * "SetV2LoggingOptions", "SetV2LoggingLevel".
 */
import type { LogEventConfiguration, LogLevel } from '@aws-sdk/client-iot'
import type { IotLogEntry, IotLogLevel } from './iot-log-entry.ts'

export interface LoggingOptions {
  accountId: string
  roleArn: string
  defaultLogLevel: LogLevel
  disableAllLogs: boolean
  eventConfigurations: readonly LogEventConfiguration[]
}

/** `DEFAULT` is not among them: it is the options' own level. */
export type TargetType = 'THING_GROUP' | 'CLIENT_ID' | 'SOURCE_IP' | 'PRINCIPAL_ID'

export interface TargetLevel {
  targetType: TargetType
  targetName: string
  logLevel: LogLevel
}

/** How much a level lets through. */
const verbosity: Record<LogLevel, number> = { DISABLED: 0, ERROR: 1, WARN: 2, INFO: 3, DEBUG: 4 }

export const defaultLogGroup = 'AWSIotLogsV2'

/** An account's settings, prepared for being asked about every entry. */
export interface LoggingSettings {
  options: LoggingOptions
  /** By target type and name. */
  levels: ReadonlyMap<string, LogLevel>
  hasGroupLevels: boolean
  events: ReadonlyMap<string, LogEventConfiguration>
  /** The most that any target gets. */
  mostVerbose: LogLevel
}

export function toSettings(options: LoggingOptions, levels: readonly TargetLevel[]): LoggingSettings {
  const { eventConfigurations, disableAllLogs, defaultLogLevel } = options
  const all = [defaultLogLevel, ...levels, ...eventConfigurations].map((one) =>
    typeof one === 'string' ? one : (one.logLevel ?? 'DISABLED'),
  )
  return {
    options,
    levels: new Map(levels.map((level) => [targetKey(level.targetType, level.targetName), level.logLevel])),
    hasGroupLevels: levels.some(({ targetType }) => targetType === 'THING_GROUP'),
    events: new Map(eventConfigurations.map((event) => [event.eventType ?? '', event])),
    mostVerbose: disableAllLogs ? 'DISABLED' : all.reduce(moreVerbose),
  }
}

const targetKey = (targetType: TargetType, targetName: string) => `${targetType} ${targetName}`

const moreVerbose = (a: LogLevel, b: LogLevel): LogLevel => (verbosity[a] >= verbosity[b] ? a : b)

/** Whether a level lets entries of another level through. */
export const admits = (level: LogLevel, entry: IotLogLevel): boolean => verbosity[level] >= verbosity[entry]

/**
 * Pure. The level for one entry, from its target if it has one, else from its event type, else the default one.
 * assumed: of several targets the most verbose decides.
 */
export function decideLevel(
  settings: LoggingSettings,
  entry: IotLogEntry,
  groups: readonly string[],
): LogLevel {
  if (settings.options.disableAllLogs) return 'DISABLED'
  const found = [
    findLevel(settings, 'CLIENT_ID', entry.clientId),
    findLevel(settings, 'SOURCE_IP', entry.sourceIp),
    findLevel(settings, 'PRINCIPAL_ID', entry.principalId),
    ...groups.map((group) => findLevel(settings, 'THING_GROUP', group)),
  ].filter((level) => level !== undefined)
  if (found.length > 0) return found.reduce(moreVerbose)
  return settings.events.get(entry.eventType)?.logLevel ?? settings.options.defaultLogLevel
}

function findLevel(
  settings: LoggingSettings,
  targetType: TargetType,
  targetName: string | undefined,
): LogLevel | undefined {
  return targetName === undefined ? undefined : settings.levels.get(targetKey(targetType, targetName))
}

/** The log group that entries of the type go to. */
export function destinationOf({ events }: LoggingSettings, eventType: string): string {
  return events.get(eventType)?.logDestination ?? defaultLogGroup
}
