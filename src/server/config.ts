/** Every option of the server: its default, its bounds, and what it is for. */
import { z } from 'zod'
import { parseAddressRanges } from '../lib/address-ranges.ts'
import { causeText } from '../lib/cause-text.ts'
import { parseAllowList } from '../lib/outbound/allow-list.ts'
import { checkBackupOptions, checkClusterOptions, checkServiceOptions } from './config-checks.ts'
import type { WhenFull } from '../messaging/sessions/index.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const text = z.string().min(1)
const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Milliseconds of a text as `30m` or `1d`. */
const duration = text
  .regex(/^\d{1,5}[smhd]$/, 'must be a number and a unit, s, m, h, or d, e.g. 12h')
  .transform((given) => Number.parseInt(given, 10) * units[given.slice(-1) as keyof typeof units])
const list = text.transform((given) => given.split(',').map((one) => one.trim()))

/** Refuses what cannot be parsed, in the parser's words. */
const parsedBy =
  (parse: (entries: readonly string[]) => unknown) =>
  (entries: readonly string[], context: z.RefinementCtx): void => {
    try {
      parse(entries)
    } catch (error) {
      context.addIssue({ code: 'custom', message: causeText(error) })
    }
  }

const options = {
  dataDir: text.default('./data').describe('directory that holds everything: database, keys, certificates'),
  database: text
    .regex(/^postgres(ql)?:\/\/./, 'must be postgres://user:password@host/database')
    .optional()
    .describe('PostgreSQL database instead of the file in the data directory (docs/postgresql.md)'),
  nats: text
    .regex(/^(nats|tls):\/\/./, 'must be nats://host:4222, or tls://host:4222')
    .optional()
    .describe('NATS server that ties several nodes on one database together (docs/cluster.md)'),
  clusterKeyFile: text
    .optional()
    .describe(
      'file of 32 bytes, the same for all nodes of a cluster: it opens their secrets in the database',
    ),
  nodeName: text
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, underscores, or hyphens')
    .optional()
    .describe("name of this node in its cluster; the machine's"),
  processes: z.coerce
    .number()
    .int()
    .min(2)
    .max(64)
    .optional()
    .describe('how many nodes of a cluster to run here, which share all ports (docs/cluster.md)'),
  host: text.default('127.0.0.1').describe('address to listen on'),
  apiPort: port.default(9080).describe('port of the AWS APIs; 0 picks a free one'),
  mqttPort: port.default(8883).describe('port for MQTT with client certificates; 0 picks a free one'),
  httpsPort: port.default(8443).describe('port for HTTPS with client certificates; 0 picks a free one'),
  alpnPort: port
    .optional()
    .describe('one more device port, as 443 is for AWS: the protocol is named by ALPN'),
  endpoint: text
    .regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be a host name')
    .default('localhost')
    .describe('host name that devices connect to'),
  region: text
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must look like us-east-1')
    .default('us-east-1')
    .describe('AWS region to act as'),
  accountId: text
    .regex(/^\d{12}$/, 'must be 12 digits')
    .default('000000000000')
    .describe('AWS account id to act as'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('warn')
    .describe('least level that is logged'),
  tlsKey: list
    .optional()
    .describe("file with the operator's own server key (PEM); two for both kinds: rsa.key,ec.key"),
  tlsCert: list
    .optional()
    .describe("file with the operator's own server certificate chain (PEM); two in the order of the keys"),
  tlsCa: text.optional().describe('file with the roots that devices trust for these certificates (PEM)'),
  apiTls: z
    .enum(['off', 'muster'])
    .optional()
    .describe(
      "TLS on the port of the AWS APIs and the console, by Muster's own root; off unless files are given",
    ),
  apiTlsKey: text.optional().describe("file with the operator's own key for that port (PEM)"),
  apiTlsCert: text.optional().describe('file with its certificate chain (PEM)'),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('where others reach that port, as web services are told; made of host and endpoint'),
  console: z
    .enum(['on', 'off'])
    .default('on')
    .describe('the console, at /console/ of the port of the AWS APIs'),
  mqttProfile: z
    .enum(['aws', 'standard'])
    .default('aws')
    .describe('MQTT as AWS IoT Core speaks it, or as the OASIS standards say, QoS 2 included'),
  mqttRefusals: z
    .enum(['silent', 'explain'])
    .default('silent')
    .describe('what a refused client sees: a closed connection as on AWS, or the reason'),
  sessionQueueFull: z
    .enum(['drop-newest', 'drop-oldest', 'refuse'] satisfies WhenFull[])
    .default('drop-newest')
    .describe('what becomes of messages when as many wait for a session as may (docs/mqtt.md)'),
  limits: text.optional().describe('JSON file with limits that differ from the defaults (docs/limits.md)'),
  proxyProtocolFrom: list
    .superRefine(parsedBy(parseAddressRanges))
    .optional()
    .describe('addresses (CIDR, separated by commas) of load balancers that speak the PROXY protocol v2'),
  hookSecretFile: text
    .optional()
    .describe('file with the secret by which requests to webhooks are signed (docs/hooks.md)'),
  outboundAllow: list
    .superRefine(parsedBy(parseAllowList))
    .optional()
    .describe(
      'addresses of this host and of private networks that rule destinations, http actions, webhooks, and CRL URLs may name (docs/outbound.md)',
    ),
  crlDirectory: text
    .optional()
    .describe('directory of revocation lists that CAs name by file; crl in the data directory'),
  sqsEndpoint: z.url().optional().describe('URL of an SQS-compatible service for rules'),
  s3Endpoint: z.url().optional().describe('URL of an S3-compatible service for rules'),
  bulkS3Endpoint: z
    .url()
    .optional()
    .describe('URL of an S3-compatible service with input files of bulk registration (docs/bulk.md)'),
  serviceAccessKeyId: text.optional().describe('access key for these services'),
  serviceSecretAccessKey: text.optional().describe('its secret; better given by the variable'),
  otlpEndpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'URL of an OpenTelemetry collector that traces are sent to by OTLP over HTTP (docs/operations.md)',
    ),
  otlpHeaders: text
    .regex(/^[^=,\s]+=[^,]*(,[^=,\s]+=[^,]*)*$/, 'must be name=value, separated by commas')
    .optional()
    .describe('headers that the collector asks for, name=value,...; better given by the variable'),
  journalMaxEntries: z.coerce.number().int().min(1000).default(1_000_000).describe('journal entries kept'),
  journalMaxAgeDays: z.coerce.number().min(1).default(30).describe('days that journal entries are kept'),
  auditMaxAgeDays: z.coerce
    .number()
    .min(1)
    .default(90)
    .describe('days that the record of API calls goes back (docs/audit.md)'),
  auditMaxMegabytes: z.coerce.number().min(1).default(1024).describe('MB that it may take in the database'),
  backupEvery: duration
    .refine((ms) => ms >= units.m, 'must be a minute or more')
    .optional()
    .describe('time between backups that the server makes of itself, e.g. 12h (docs/backup.md)'),
  backupDir: text.optional().describe('directory for these backups, not in the data directory'),
  backupKeep: z.coerce.number().int().min(1).default(7).describe('how many of them are kept'),
  backupPassphraseFile: text.optional().describe('file with the passphrase that they are sealed with'),
  walCopies: text
    .optional()
    .describe(
      'directory, or s3://BUCKET/PREFIX?endpoint=URL, into which all that is committed is copied within a second or two, for a restore to any time (docs/backup.md)',
    ),
  walCopiesKeep: duration.optional().describe('how far back these copies go; 7d unless given'),
}

const schema = z.strictObject(options).superRefine((config, context) => {
  const { tlsKey: { length: keys } = [], tlsCert: { length: certificates } = [] } = config
  if (keys !== certificates) {
    const message = `tls-key and tls-cert go together: ${keys} keys came, and ${certificates} certificates`
    context.addIssue({ code: 'custom', path: ['tlsCert'], message })
  }
  const { apiTls, apiTlsKey, apiTlsCert } = config
  const fault = (message: string) => context.addIssue({ code: 'custom', path: ['apiTlsCert'], message })
  if ((apiTlsKey === undefined) !== (apiTlsCert === undefined))
    fault('api-tls-key and api-tls-cert go together')
  else if (apiTls !== undefined && apiTlsCert !== undefined)
    fault(`either files, or api-tls ${apiTls}: both came`)
  checkClusterOptions(config, context)
  checkServiceOptions(config, context)
  checkBackupOptions(config, context)
})

/** Whose values hold secrets, and are never shown. */
const secretOptions = new Set(['nats', 'database', 'serviceSecretAccessKey', 'otlpHeaders'])

export type Config = Readonly<z.infer<typeof schema>>

/** Where a value came from, so that an error can say which one to mend. */
export interface ConfigSource {
  /** By option name in camelCase; what was not given is absent. */
  flags: Readonly<Record<string, string | undefined>>
  environment: Readonly<Record<string, string | undefined>>
  file?: ConfigFile | undefined
}

/** A file of options: see `config-file.ts`. */
export interface ConfigFile {
  path: string
  /** By option name in camelCase. */
  values: Readonly<Record<string, string>>
  /** Where each of them stands, from 1. */
  lines: Readonly<Record<string, number>>
}

/** Thrown with one line for each bad option. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export const flagOf = (option: string) =>
  `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
export const variableOf = (option: string) =>
  `MUSTER_${option.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

/** Those that OpenTelemetry gives to all programs. Source: its specification, "OTLP Exporter Configuration". */
const commonVariables: Readonly<Record<string, string>> = {
  otlpEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  otlpHeaders: 'OTEL_EXPORTER_OTLP_HEADERS',
}

const variablesOf = (option: string): string[] => {
  const common = commonVariables[option]
  return common === undefined ? [variableOf(option)] : [variableOf(option), common]
}

export const optionNames = Object.keys(options)

/** What is given for an option, and where a person mends it. Flags go before variables, those before the file. */
export function findGiven(
  { flags, environment, file }: ConfigSource,
  option: string,
): { value: string; place: string } | undefined {
  const flag = flags[option]
  if (flag !== undefined) return { value: flag, place: flagOf(option) }
  for (const name of variablesOf(option)) {
    const variable = environment[name]
    if (variable) return { value: variable, place: name }
  }
  const value = file?.values[option]
  if (file === undefined || value === undefined) return undefined
  return { value, place: `${file.path}, line ${file.lines[option]}, ${flagOf(option).slice(2)}` }
}

/**
 * Flags go before environment variables, those before the file, and that before defaults.
 * @throws {ConfigError} naming all bad options at once
 */
export function parseConfig(source: ConfigSource): Config {
  const given: Record<string, string> = {}
  for (const option of optionNames) {
    const value = findGiven(source, option)?.value
    if (value !== undefined) given[option] = value
  }
  const parsed = schema.safeParse(given)
  if (parsed.success) return Object.freeze(parsed.data)
  const lines = parsed.error.issues.map(({ path, message }) => {
    const option = String(path[0])
    const place = findGiven(source, option)?.place ?? variableOf(option)
    const isSecret = secretOptions.has(option)
    return `${place}: ${message}${given[option] === undefined || isSecret ? '' : `, got "${given[option]}"`}`
  })
  throw new ConfigError(lines.join('\n'))
}

export interface DescribedOption {
  /** In camelCase. */
  option: string
  meaning: string
  /** As text; absent: there is none. */
  fallback?: string
  /** Absent: any text. */
  values?: readonly string[]
}

/** All of them, in the order in which a person is told of them. */
export const describedOptions: readonly DescribedOption[] = Object.entries(options).map(([option, type]) => {
  const fallback = type.safeParse(undefined).data
  const inner = 'unwrap' in type ? type.unwrap() : type
  const values = inner instanceof z.ZodEnum ? inner.options.map(String) : undefined
  return {
    option,
    meaning: type.description ?? '',
    ...(fallback !== undefined && { fallback: `${fallback as string | number}` }),
    ...(values && { values }),
  }
})

/** One line an option: flag, variable, default, meaning. */
export function describeOptions(): string {
  return describedOptions
    .map(({ option, meaning, fallback }) => {
      const text = `${meaning}${fallback === undefined ? '' : ` (${fallback})`}`
      return `  ${flagOf(option).padEnd(24)} ${variableOf(option).padEnd(30)} ${text}`
    })
    .join('\n')
}
