/** What operations work on: how each kind is made, what policies call it, and how a request could name it. */
import { hash, randomUUID } from 'node:crypto'
import { strToU8 } from 'fflate'
import { makeCa } from '../helpers/certificates.ts'
import { connectOperator } from '../helpers/device.ts'
import type { Account, Service } from './account.ts'
import { allowAll, anAuthorizer, certificatePem, template, trust, zip } from './documents.ts'
import { startTransfer } from './other-account.ts'

export interface Resource {
  /** As members that take a name or id give it. */
  name: string
  arn: string
  /** For a resource that several members name together: its name by member. */
  parts?: Record<string, string>
  /** What a policy has to say to mean it, where that is more than the ARN. */
  patterns?: string[]
  /** What a text names that is another resource by AWS's own rules, where its name begins like this one's. */
  denotes?: (text: string) => string | undefined
  /** What a policy says of the one that has another name in this member. */
  called: (name: string, member: string) => string
}

export interface Kind {
  /** A name for one that is not there yet, with its ARN. */
  plan: (account: Account, name: string) => Resource
  /** Absent: the name is all that there is. */
  make?: ((account: Account, name: string) => Promise<Partial<Resource> | void>) | undefined
}

type Input = Record<string, unknown>

const kind = (service: Service, prefix: string, make?: Kind['make']): Kind => ({
  plan({ region, accountId }, name) {
    const place = service === 'iam' ? `iam::${accountId}` : `${service}:${region}:${accountId}`
    const called = (other: string) => `arn:aws:${place}:${prefix}${other}`
    return { name, arn: called(name), called }
  },
  ...(make && { make }),
})

/** Made by one call whose input tells the name. */
const made =
  (service: Service, operation: string, input: (name: string, account: Account) => Input): Kind['make'] =>
  async (account, name) =>
    void (await account.root({ service, operation, input: input(name, account) }))

/** Whose name its maker gives it. */
const makeNamed =
  (make: (account: Account, name: string) => Promise<string>): Kind['make'] =>
  async (account, name) => ({ name: await make(account, name) })

/** One role that all resources use that need some role, made on first use. */
export async function sharedRole(account: Account): Promise<string> {
  const roleArn = `arn:aws:iam::${account.accountId}:role/shared`
  await roleKind.make?.(account, 'shared').catch((error: Error) => {
    if (error.name !== 'EntityAlreadyExistsException') throw error
  })
  return roleArn
}

export const certificateProvider = ({ region, accountId }: Account) => ({
  lambdaFunctionArn: `arn:aws:lambda:${region}:${accountId}:function:sign`,
  accountDefaultForOperations: ['CreateCertificateFromCsr'],
})

/** An account has one at most. */
export async function dropCertificateProvider(account: Account): Promise<void> {
  const listed = await account.root({ service: 'iot', operation: 'ListCertificateProviders', input: {} })
  for (const { certificateProviderName } of listed['certificateProviders'] as Input[])
    await account.root({
      service: 'iot',
      operation: 'DeleteCertificateProvider',
      input: { certificateProviderName },
    })
}

/** Of the first account that tests have. */
const organizationId = hash('sha256', '000000000000', 'hex').slice(0, 10)

const roleKind = kind(
  'iam',
  'role/',
  made('iam', 'CreateRole', (RoleName, { accountId }) => ({
    RoleName,
    AssumeRolePolicyDocument: trust(accountId),
  })),
)

async function makeFunction(account: Account, FunctionName: string): Promise<void> {
  const Role = await sharedRole(account)
  const settings = { Role, Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: zip } }
  const call = (operation: string, input: Input) =>
    account.root({ service: 'lambda', operation, input: { FunctionName, ...input } })
  await call('CreateFunction', { ...settings, Publish: true })
  await call('CreateAlias', { Name: 'live', FunctionVersion: '$LATEST' })
  for (const Qualifier of [undefined, '1', 'live'])
    await call('PutFunctionEventInvokeConfig', { Qualifier, MaximumRetryAttempts: 1 })
  const permission = { StatementId: 's', Action: 'lambda:InvokeFunction', Principal: 'iot.amazonaws.com' }
  for (const Qualifier of [undefined, '1', 'live']) await call('AddPermission', { ...permission, Qualifier })
}

const functionKind = kind('lambda', 'function:', makeFunction)

/** A function, or one of its versions: whatever a request names. */
const versionKind: Kind = {
  async make(account, name) {
    await makeFunction(account, name)
  },
  plan(account, name) {
    const resource = functionKind.plan(account, name)
    const { accountId } = account
    const ways = new RegExp(
      `^(?:${resource.arn}|(?:${accountId}:)?(?:function:)?${name}):(\\$LATEST|[\\w-]+)$`,
    )
    const denotes = (text: string) => {
      const qualifier = ways.exec(text)?.[1]
      return qualifier === undefined ? undefined : `${resource.arn}:${qualifier}`
    }
    return { ...resource, denotes }
  },
}

/** Named by its function and number in two members. */
const versionOneKind: Kind = {
  make: versionKind.make,
  plan(account, name) {
    const resource = versionKind.plan(account, name)
    const arn = `${resource.arn}:1`
    return { ...resource, arn, parts: { FunctionName: name, Qualifier: '1' } }
  },
}

const groupKind = kind(
  'logs',
  'log-group:',
  made('logs', 'CreateLogGroup', (logGroupName) => ({ logGroupName })),
)

function planLogStream(account: Account, name: string): Resource {
  const group = groupKind.plan(account, name)
  const parts = { logGroupName: name, logGroupIdentifier: name, logStreamName: `${name}s` }
  const called = (text: string, member: string) =>
    member === 'logStreamName'
      ? `${group.arn}:log-stream:${text}`
      : `${group.called(text, member)}:log-stream:${name}s`
  return { ...group, arn: `${group.arn}:log-stream:${name}s`, parts, called }
}

const shadow = (thingName: string) => ({
  thingName,
  shadowName: `${thingName}s`,
  payload: strToU8('{"state":{"reported":{"a":1}}}'),
})

export const kinds = {
  thing: kind(
    'iot',
    'thing/',
    made('iot', 'CreateThing', (thingName) => ({ thingName })),
  ),
  thingType: kind(
    'iot',
    'thingtype/',
    made('iot', 'CreateThingType', (thingTypeName) => ({ thingTypeName })),
  ),
  thingGroup: kind(
    'iot',
    'thinggroup/',
    made('iot', 'CreateThingGroup', (thingGroupName) => ({ thingGroupName })),
  ),
  billingGroup: kind(
    'iot',
    'billinggroup/',
    made('iot', 'CreateBillingGroup', (billingGroupName) => ({ billingGroupName })),
  ),
  iotPolicy: kind('iot', 'policy/', async (account, policyName) => {
    for (const operation of ['CreatePolicy', 'CreatePolicyVersion'])
      await account.root({ service: 'iot', operation, input: { policyName, policyDocument: allowAll } })
  }),
  certificate: kind(
    'iot',
    'cert/',
    makeNamed(async (account) => {
      const input = { certificatePem: certificatePem(), status: 'INACTIVE' }
      const operation = 'RegisterCertificateWithoutCA'
      return String((await account.root({ service: 'iot', operation, input }))['certificateId'])
    }),
  ),
  offeredCertificate: kind(
    'iot',
    'cert/',
    makeNamed((account) => startTransfer(account, false)),
  ),
  outgoingCertificate: kind(
    'iot',
    'cert/',
    makeNamed((account) => startTransfer(account, true)),
  ),
  caCertificate: kind(
    'iot',
    'cacert/',
    makeNamed(async (account, name) => {
      const caCertificate = makeCa({ subject: `CN=${name}` }).certificatePem
      const input = { caCertificate, certificateMode: 'SNI_ONLY' }
      const operation = 'RegisterCACertificate'
      return String((await account.root({ service: 'iot', operation, input }))['certificateId'])
    }),
  ),
  provisioningTemplate: kind('iot', 'provisioningtemplate/', async (account, templateName) => {
    const provisioningRoleArn = await sharedRole(account)
    const input = { templateName, templateBody: template, provisioningRoleArn, type: 'JITP' }
    await account.root({ service: 'iot', operation: 'CreateProvisioningTemplate', input })
    const again = { templateName, templateBody: template }
    await account.root({ service: 'iot', operation: 'CreateProvisioningTemplateVersion', input: again })
  }),
  topicRule: kind(
    'iot',
    'rule/',
    made('iot', 'CreateTopicRule', (ruleName) => ({
      ruleName,
      topicRulePayload: { sql: "SELECT * FROM 'a'", actions: [] },
    })),
  ),
  destination: kind(
    'iot',
    'ruledestination/http/',
    makeNamed(async (account, name) => {
      const confirmationUrl = `https://${name}.invalid/`
      const input = { destinationConfiguration: { httpUrlConfiguration: { confirmationUrl } } }
      const answer = await account.root({ service: 'iot', operation: 'CreateTopicRuleDestination', input })
      return String((answer['topicRuleDestination'] as { arn: string }).arn.split('/').at(-1))
    }),
  ),
  roleAlias: kind('iot', 'rolealias/', async (account, roleAlias) => {
    const input = { roleAlias, roleArn: await sharedRole(account) }
    await account.root({ service: 'iot', operation: 'CreateRoleAlias', input })
  }),
  certificateProvider: kind('iot', 'certificateprovider/', async (account, certificateProviderName) => {
    await dropCertificateProvider(account)
    const input = { certificateProviderName, ...certificateProvider(account) }
    await account.root({ service: 'iot', operation: 'CreateCertificateProvider', input })
  }),
  authorizer: kind(
    'iot',
    'authorizer/',
    made('iot', 'CreateAuthorizer', (authorizerName) => ({
      authorizerName,
      ...anAuthorizer,
      status: 'INACTIVE',
    })),
  ),
  domainConfiguration: {
    plan(account, name) {
      const called = (other: string) =>
        `arn:aws:iot:${account.region}:${account.accountId}:domainconfiguration/${other}/*`
      return { name, arn: called(name), called }
    },
    async make(account, name) {
      const input = { domainConfigurationName: name, domainName: `${name.toLowerCase()}.example.com` }
      const answer = await account.root({ service: 'iot', operation: 'CreateDomainConfiguration', input })
      return { arn: String(answer['domainConfigurationArn']) }
    },
  },
  topic: kind(
    'iot',
    'topic/',
    made('iot-data', 'Publish', (topic) => ({ topic, retain: true, payload: strToU8('1') })),
  ),
  client: kind('iot', 'client/', async ({ server }, name) => void (await connectOperator(server, name))),
  shadowed: kind('iot', 'thing/', async (account, thingName) => {
    await account.root({ service: 'iot', operation: 'CreateThing', input: { thingName } })
    for (const shadowName of [undefined, `${thingName}s`])
      await account.root({
        service: 'iot-data',
        operation: 'UpdateThingShadow',
        input: { ...shadow(thingName), shadowName },
      })
  }),
  namedShadow: {
    plan: (account, name) => {
      const thing = kind('iot', 'thing/').plan(account, name)
      const parts = { thingName: name, shadowName: `${name}s` }
      const called = (text: string, member: string) =>
        member === 'shadowName' ? `${thing.arn}/${text}` : `${thing.called(text, member)}/${name}s`
      return { ...thing, arn: `${thing.arn}/${name}s`, parts, called }
    },
    make: made('iot-data', 'UpdateThingShadow', shadow),
  },
  user: kind('iam', 'user/', async (account, UserName) => {
    const call = (operation: string, input: Input) =>
      account.root({ service: 'iam', operation, input: { UserName, ...input } })
    await call('CreateUser', {})
  }),
  group: kind(
    'iam',
    'group/',
    made('iam', 'CreateGroup', (GroupName) => ({ GroupName })),
  ),
  role: roleKind,
  managedPolicy: kind(
    'iam',
    'policy/',
    made('iam', 'CreatePolicy', (PolicyName) => ({ PolicyName, PolicyDocument: allowAll })),
  ),
  mfaDevice: kind(
    'iam',
    'mfa/',
    made('iam', 'CreateVirtualMFADevice', (VirtualMFADeviceName) => ({ VirtualMFADeviceName })),
  ),
  function: functionKind,
  version: versionKind,
  versionOne: versionOneKind,
  taggedLogGroup: groupKind,
  logGroup: {
    make: groupKind.make,
    plan: (account, name) => {
      const group = groupKind.plan(account, name)
      const called = (text: string, member: string) => `${group.called(text, member)}:*`
      return { ...group, patterns: [group.arn, `${group.arn}:*`], called }
    },
  },
  account: {
    plan: ({ accountId }, name) => {
      const called = (text: string) =>
        `arn:aws:organizations::${accountId}:account/o-${organizationId}/${text}`
      return { name, arn: called(name), called }
    },
    async make(account) {
      const input = { AccountName: 'walked', Email: `${randomUUID().slice(0, 13)}@example.com` }
      const made = await account.root({ service: 'organizations', operation: 'CreateAccount', input })
      const { AccountId = '' } = made['CreateAccountStatus'] as { AccountId?: string }
      const described = await account.root({
        service: 'organizations',
        operation: 'DescribeAccount',
        input: { AccountId },
      })
      return { name: AccountId, arn: (described['Account'] as { Arn: string }).Arn }
    },
  },
  newLogStream: { plan: planLogStream, make: groupKind.make },
  logStream: {
    plan: planLogStream,
    async make(account, logGroupName) {
      await groupKind.make?.(account, logGroupName)
      const input = { logGroupName, logStreamName: `${logGroupName}s` }
      await account.root({ service: 'logs', operation: 'CreateLogStream', input })
      const logEvents = [{ timestamp: Date.now(), message: 'm' }]
      await account.root({ service: 'logs', operation: 'PutLogEvents', input: { ...input, logEvents } })
    },
  },
} satisfies Record<string, Kind>

export type KindName = keyof typeof kinds
