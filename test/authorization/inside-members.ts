/**
 * Texts inside of members: roles that an operation hands over to a service, which takes `iam:PassRole` on each, and all
 * others with the reason why nobody is asked about them.
 */
import { getModel, type Shape } from '../../src/api/aws/model.ts'
import type { Service } from './account.ts'
import { template } from './documents.ts'

/** A role that is handed over: where it stands, and members that hold it there. */
interface HandedOver {
  service: Service
  operation: string
  path: string
  input: (roleArn: string) => object
}

const iot = (operation: string, path: string, input: HandedOver['input']): HandedOver => ({
  service: 'iot',
  operation,
  path,
  input,
})
const registrationConfig = (roleArn: string) => ({ registrationConfig: { templateBody: template, roleArn } })
const sql = "SELECT * FROM 'a'"
const ruleActions = {
  republish: (roleArn: string) => ({ republish: { roleArn, topic: 'b' } }),
  cloudwatchLogs: (roleArn: string) => ({ cloudwatchLogs: { roleArn, logGroupName: 'b' } }),
}
const plainAction = { lambda: { functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:none' } }

export const handedOver: HandedOver[] = [
  iot('RegisterCACertificate', 'registrationConfig.roleArn', registrationConfig),
  iot('UpdateCACertificate', 'registrationConfig.roleArn', registrationConfig),
  iot('SetLoggingOptions', 'loggingOptionsPayload.roleArn', (roleArn) => ({
    loggingOptionsPayload: { roleArn, logLevel: 'ERROR' },
  })),
  ...['CreateTopicRule', 'ReplaceTopicRule'].flatMap((operation) =>
    Object.entries(ruleActions).flatMap(([name, action]) => [
      iot(operation, `topicRulePayload.actions.${name}.roleArn`, (roleArn) => ({
        topicRulePayload: { sql, actions: [plainAction, action(roleArn)] },
      })),
      iot(operation, `topicRulePayload.errorAction.${name}.roleArn`, (roleArn) => ({
        topicRulePayload: { sql, actions: [plainAction], errorAction: action(roleArn) },
      })),
    ]),
  ),
]

const actionsOfRules = String.raw`iot topicRulePayload\.(actions|errorAction)\.`
const absentActions = `dynamoDB|dynamoDBv2|sns|kinesis|firehose|cloudwatchMetric|cloudwatchAlarm|elasticsearch|salesforce
  iotAnalytics|iotEvents|iotSiteWise|stepFunctions|timestream|kafka|openSearch|location|http\\.auth`

/** Of all others, and why nobody is asked: what they name is of no account, or is judged elsewhere. */
const insideOthers: [RegExp, reason: string][] = [
  [new RegExp(`^${actionsOfRules}(${absentActions.replace(/\s+/g, '|')})\\.`), 'refused with 501'],
  [new RegExp(`^${actionsOfRules}(sqs|s3)\\.roleArn$`), 'as roles of other actions, where they are offered'],
  [
    new RegExp(`^${actionsOfRules}(sqs|s3|republish|cloudwatchLogs)\\.(?!roleArn)`),
    'the role is asked when a rule acts',
  ],
  [new RegExp(`^${actionsOfRules}lambda\\.`), "the function's own policy is asked when a rule acts"],
  [new RegExp(`^${actionsOfRules}http\\.`), 'destinations are confirmed, and the way out judges addresses'],
  [/^iot topicRulePayload\.(sql|description|awsIotSqlVersion)$/, 'names nothing'],
  [/^iot registrationConfig\.templateBody$/, 'names nothing by itself: its role is asked'],
  [/^iot registrationConfig\.templateName$/, 'the reference names the CA certificate alone'],
  [/^iot preProvisioningHook\./, "the function's own policy is asked when a device comes"],
  [/^iot destinationConfiguration\.httpUrlConfiguration\./, 'the way out judges addresses'],
  [/^iot destinationConfiguration\.vpcConfiguration\./, 'refused with 501'],
  [/^iot (logTarget\.targetName|eventConfigurations\.)/, 'logging is judged on everything'],
  [/^iot authInfos\.resources$/, 'a question'],
  [/^iot authorizerConfig\./, 'the reference names the domain configuration alone'],
  [/^iot (httpContext|mqttContext|tlsContext)\./, 'what a client would say'],
  [/^iot tokenSigningPublicKeys\./, 'names nothing'],
  [/^iot (serverCertificateConfig|clientCertificateConfig)\./, 'stored, and never called'],
  [/^iot tlsConfig\.securityPolicy$/, 'a policy of AWS'],
  [/^iot \w+Properties\.|^iot attributePayload\./, 'names nothing'],
  [/^(iot|iam|sts) [tT]ags\.(Key|Value)$/, 'names nothing'],
  [/^iam ContextEntries\./, 'a question'],
  [/^lambda Code\.|^lambda (ImageConfig|Environment)\./, 'names nothing here: code comes in the request'],
  [/^lambda (VpcConfig|DeadLetterConfig|FileSystemConfigs|CapacityProviderConfig)\./, 'refused'],
  [/^lambda DestinationConfig\./, 'refused'],
  [/^lambda LoggingConfig\.LogGroup$/, 'logs of functions are written without asking'],
  [/^cloudtrail LookupAttributes\./, 'a filter'],
  [/^cloudwatch (MetricDataQueries|Dimensions)\./, 'the reference has no resource type for metrics'],
  [/^cloudwatch LabelOptions\./, 'names nothing'],
  [/^organizations Tags\./, 'refused'],
  [/^logs (logEvents|entity)\./, 'names nothing'],
  [/^sts PolicyArns\.arn$/, 'takes rights away'],
  [/^sts ProvidedContexts\./, 'refused'],
]

/** `member.member` of every text below the members of an operation's input. */
function insideTexts({ service, operation }: { service: Service; operation: string }): string[] {
  const input = getModel(service).operations.get(operation)?.input
  return [...(input?.members.values() ?? [])]
    .flatMap(({ name, shape }) => textsOf(shape, name))
    .filter((path) => path.includes('.'))
}

const deepest = 6

function textsOf(shape: Shape, path: string): string[] {
  if (path.split('.').length > deepest) return []
  if (shape.type === 'list') return textsOf(shape.member, path)
  if (shape.type === 'map') return textsOf(shape.value, path)
  if (shape.type === 'structure')
    return [...shape.members.values()].flatMap((member) => textsOf(member.shape, `${path}.${member.name}`))
  return shape.type === 'string' && shape.values === undefined ? [path] : []
}

/** Those of which nobody said anything. */
export function unknownInside(one: { service: Service; operation: string }): string[] {
  const isRole = (path: string) =>
    handedOver.some((role) => role.operation === one.operation && role.path === path)
  return insideTexts(one).filter(
    (path) => !isRole(path) && !insideOthers.some(([pattern]) => pattern.test(`${one.service} ${path}`)),
  )
}
