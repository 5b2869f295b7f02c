/** The kinds of action that rules have here, and what each needs. */
interface Scope {
  accountId: string
  region: string
}

interface Named {
  name: string
  label: string
  description?: string
  isOptional?: boolean
}

export type ActionField = Named &
  (
    | { kind: 'text' | 'function' | 'role' | 'checkbox' | 'headers' }
    | { kind: 'choice'; choices: readonly { value: string; label?: string }[]; isNumber?: boolean }
  )

interface Kind {
  label: string
  description: string
  fields: readonly ActionField[]
  /** What the role of the action must allow, by what is filled in. */
  statementOf?: (config: Readonly<Record<string, unknown>>, scope: Scope) => object
}

const role: ActionField = {
  name: 'roleArn',
  label: 'IAM role',
  kind: 'role',
  description: 'Rules act in its name; it allows what the action does.',
}
const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
/** Account and name, as the address of a queue ends. */
const queueOf = (url: string, accountId: string) =>
  /(\d{12})\/([^/]+)$/.exec(url)?.slice(1).join(':') ?? `${accountId}:*`
/** A template in a name means any name. */
const plain = (value: unknown) => textOf(value).replaceAll(/\$\{[^}]*\}/g, '*') || '*'

export const actionKinds = {
  lambda: {
    label: 'Lambda',
    description: 'Send a message to a Lambda function',
    fields: [{ name: 'functionArn', label: 'Lambda function', kind: 'function' }],
  },
  republish: {
    label: 'Republish to an MQTT topic',
    description: 'Republish a message to another topic',
    fields: [
      { name: 'topic', label: 'Topic', kind: 'text', description: 'May hold templates, e.g. ${topic(2)}.' },
      {
        name: 'qos',
        label: 'Quality of service',
        kind: 'choice',
        isNumber: true,
        isOptional: true,
        choices: [
          { value: '0', label: '0 - at most once' },
          { value: '1', label: '1 - at least once' },
        ],
      },
      role,
    ],
    statementOf: ({ topic }, { accountId, region }) => ({
      Effect: 'Allow',
      Action: 'iot:Publish',
      Resource: `arn:aws:iot:${region}:${accountId}:topic/${plain(topic).replace(/^\$\$/, '$')}`,
    }),
  },
  cloudwatchLogs: {
    label: 'CloudWatch Logs',
    description: 'Send a message to a log group',
    fields: [
      { name: 'logGroupName', label: 'Log group name', kind: 'text' },
      {
        name: 'batchMode',
        label: 'Use batch mode',
        kind: 'checkbox',
        isOptional: true,
        description: 'The message is an array: each item becomes an event.',
      },
      role,
    ],
    statementOf: ({ logGroupName }, { accountId, region }) => ({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      Resource: `arn:aws:logs:${region}:${accountId}:log-group:${plain(logGroupName)}:*`,
    }),
  },
  http: {
    label: 'HTTPS',
    description: 'Send a message to a web service',
    fields: [
      { name: 'url', label: 'HTTPS endpoint', kind: 'text' },
      {
        name: 'confirmationUrl',
        label: 'Confirmation URL',
        kind: 'text',
        isOptional: true,
        description: 'Of a destination that is confirmed; needed where the endpoint holds templates.',
      },
      { name: 'headers', label: 'Headers', kind: 'headers', isOptional: true },
    ],
  },
  s3: {
    label: 'S3 bucket',
    description: 'Store a message in a bucket of the S3 service that the server was given',
    fields: [
      { name: 'bucketName', label: 'S3 bucket', kind: 'text' },
      {
        name: 'key',
        label: 'Key',
        kind: 'text',
        description: 'May hold templates, e.g. ${topic()}/${timestamp()}.',
      },
      {
        name: 'cannedAcl',
        label: 'Canned ACL',
        kind: 'choice',
        isOptional: true,
        choices: [
          'private',
          'public-read',
          'public-read-write',
          'aws-exec-read',
          'authenticated-read',
          'bucket-owner-read',
          'bucket-owner-full-control',
          'log-delivery-write',
        ].map((value) => ({ value })),
      },
      role,
    ],
    statementOf: ({ bucketName, key }) => ({
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${plain(bucketName)}/${plain(key)}`,
    }),
  },
  sqs: {
    label: 'Simple Queue Service (SQS)',
    description: 'Send a message to a queue of the SQS service that the server was given',
    fields: [
      { name: 'queueUrl', label: 'SQS queue URL', kind: 'text' },
      { name: 'useBase64', label: 'Use Base64 encoding', kind: 'checkbox', isOptional: true },
      role,
    ],
    statementOf: ({ queueUrl }, { accountId, region }) => ({
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Resource: `arn:aws:sqs:${region}:${queueOf(textOf(queueUrl), accountId)}`,
    }),
  },
} as const satisfies Record<string, Kind>

export type ActionKind = keyof typeof actionKinds

export const kindOf = (kind: string): Kind | undefined =>
  Object.hasOwn(actionKinds, kind) ? actionKinds[kind as ActionKind] : undefined

/** The first thing that has to be filled in. */
export function missingOf({ kind, config }: { kind: string; config: Readonly<Record<string, unknown>> }) {
  const known = kindOf(kind)
  if (!known) return 'Choose an action first'
  const field = known.fields.find(({ name, isOptional }) => isOptional !== true && !config[name])
  return field && `Give the ${field.label} of the action first`
}
