/** What each operation needs beside the names of resources to do its work. Absent: nothing. */
import { randomUUID } from 'node:crypto'
import { strToU8 } from 'fflate'
import { makeCa, makeCsr } from '../helpers/certificates.ts'
import type { Account, Service } from './account.ts'
import { qualifiedOperations } from './members.ts'
import { allowAll, anAuthorizer, certificatePem, template, thingTemplate, trust, zip } from './documents.ts'
import { otherAccount } from './other-account.ts'
import { certificateProvider, dropCertificateProvider, sharedRole, type KindName } from './resources.ts'

export interface Row {
  input?: (account: Account, name: string) => object | Promise<object>
  /** Members whose resource is not there yet: the operation makes it. */
  isNew?: readonly string[]
  /** Further ways to name resources, each by member. */
  ways?: readonly Record<string, KindName>[]
  /** The operation cannot succeed here: a user with the right gets this refusal. */
  refusal?: string
  /** Beside the permission for the resources. */
  also?: readonly { Action: string; Resource: string }[]
}

const passRole = [{ Action: 'iam:PassRole', Resource: '*' }]
const members = (input: object): Row => ({ input: () => input })
const creates = (member: string, row: Row = {}): Row => ({ ...row, isNew: [member] })

const iotTags = { tags: [{ Key: 'a', Value: 'b' }] }
const version = { policyVersionId: '1' }
const connects = { Namespace: 'AWS/IoT', MetricName: 'Connect.Success' }
const lastHour = { StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date() }
const rule = { topicRulePayload: { sql: "SELECT * FROM 'b'", actions: [] } }
const code = { Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: zip } }
const inline = { PolicyName: 'inline' }
const simulated = { ActionNames: ['iot:CreateThing'] }
const iamTags = { Tags: [{ Key: 'a', Value: 'b' }] }
const AWSIoTLogging = 'arn:aws:iam::aws:policy/service-role/AWSIoTLogging'
const missing = (row: Row = {}): Row => ({ ...row, refusal: 'NoSuchEntityException' })
const absent: Row = { refusal: 'ResourceNotFoundException' }

async function setDefaultAuthorizer(account: Account): Promise<object> {
  const authorizerName = 'usual'
  for (const [operation, input] of [
    ['CreateAuthorizer', { authorizerName, ...anAuthorizer }],
    ['SetDefaultAuthorizer', { authorizerName }],
  ] as const)
    await account.root({ service: 'iot', operation, input }).catch(() => {}) // it is there already
  return {}
}

const iot: Record<string, Row> = {
  AttachPolicy: { ways: [{ target: 'certificate' }, { target: 'thingGroup' }] },
  DetachPolicy: { ways: [{ target: 'certificate' }, { target: 'thingGroup' }] },
  ListAttachedPolicies: { ways: [{ target: 'certificate' }, { target: 'thingGroup' }] },
  CreateAuthorizer: creates('authorizerName', members(anAuthorizer)),
  TestInvokeAuthorizer: { refusal: 'InvalidResponseException' }, // it has no function
  DescribeDefaultAuthorizer: { input: setDefaultAuthorizer },
  ClearDefaultAuthorizer: { input: setDefaultAuthorizer },
  CreateBillingGroup: creates('billingGroupName'),
  CreateCertificateFromCsr: members({ certificateSigningRequest: makeCsr().csrPem }),
  CreateDomainConfiguration: creates('domainConfigurationName', {
    input: (_, name) => ({ domainName: `${name.toLowerCase()}.example.org` }),
  }),
  CreatePolicy: creates('policyName', members({ policyDocument: allowAll })),
  CreatePolicyVersion: members({ policyDocument: allowAll }),
  CreateProvisioningClaim: { refusal: 'InvalidRequestException' }, // the template is of type JITP
  CreateProvisioningTemplate: creates('templateName', {
    ...members({ templateBody: template, type: 'JITP' }),
    also: passRole,
  }),
  CreateProvisioningTemplateVersion: members({ templateBody: template }),
  CreateRoleAlias: creates('roleAlias'),
  CreateCertificateProvider: creates('certificateProviderName', {
    async input(account) {
      await dropCertificateProvider(account)
      return certificateProvider(account)
    },
  }),
  CreateThing: creates('thingName'),
  CreateThingGroup: creates('thingGroupName'),
  CreateThingType: creates('thingTypeName'),
  CreateTopicRule: creates('ruleName', members(rule)),
  ReplaceTopicRule: members(rule),
  CreateTopicRuleDestination: {
    input: (_, name) => ({
      destinationConfiguration: { httpUrlConfiguration: { confirmationUrl: `https://${name}.invalid/` } },
    }),
  },
  ConfirmTopicRuleDestination: members({ confirmationToken: 'of-none' }),
  DeleteDomainConfiguration: { refusal: 'InvalidRequestException' },
  DeletePolicy: { refusal: 'DeleteConflictException' },
  DeletePolicyVersion: members({ policyVersionId: '2' }),
  DeleteProvisioningTemplate: {},
  DeleteProvisioningTemplateVersion: members({ versionId: 2 }),
  DeleteRegistrationCode: absent,
  DeleteThingType: { refusal: 'InvalidRequestException' },
  DetachThingPrincipal: absent,
  DeleteV2LoggingLevel: members({ targetType: 'THING_GROUP', targetName: 'a' }),
  DescribeProvisioningTemplateVersion: members({ versionId: 1 }),
  GetPolicyVersion: members(version),
  SetDefaultPolicyVersion: members({ policyVersionId: '2' }),
  ListCertificatesByCA: members({ caCertificateId: 'a'.repeat(64) }),
  RegisterCACertificate: {
    input: (_, name) => ({
      caCertificate: makeCa({ subject: `CN=${name}` }).certificatePem,
      certificateMode: 'SNI_ONLY',
    }),
  },
  RegisterCertificate: {
    input: () => ({ certificatePem: certificatePem() }),
    refusal: 'CertificateValidationException',
  },
  RegisterCertificateWithoutCA: { input: () => ({ certificatePem: certificatePem() }) },
  StartThingRegistrationTask: {
    ...members({ templateBody: thingTemplate, inputFileBucket: 'bucket', inputFileKey: 'lines.json' }),
    also: passRole,
  },
  StopThingRegistrationTask: { ...members({ taskId: 'none' }), ...absent },
  DescribeThingRegistrationTask: { ...members({ taskId: 'none' }), ...absent },
  ListThingRegistrationTaskReports: {
    ...members({ taskId: 'none', reportType: 'ERRORS' }),
    refusal: 'InvalidRequestException',
  },
  RegisterThing: {
    input: (_, name) => ({ templateBody: thingTemplate, parameters: { Name: name } }),
    also: [{ Action: 'iot:*', Resource: '*' }],
  },
  SetLoggingOptions: {
    input: async (account) => ({
      loggingOptionsPayload: { roleArn: await sharedRole(account), logLevel: 'ERROR' },
    }),
    also: passRole,
  },
  SetV2LoggingOptions: {
    ...members({ defaultLogLevel: 'ERROR' }),
    also: [{ Action: 'iot:SetV2LoggingOptions', Resource: '*' }],
  },
  SetV2LoggingLevel: members({ logTarget: { targetType: 'DEFAULT' }, logLevel: 'ERROR' }),
  GetThingConnectivityData: {},
  TagResource: {
    ...members(iotTags),
    ways: (
      [
        'thingGroup',
        'thingType',
        'billingGroup',
        'iotPolicy',
        'caCertificate',
        'provisioningTemplate',
        'topicRule',
        'roleAlias',
        'certificateProvider',
        'authorizer',
        'domainConfiguration',
      ] as const
    ).map((kind) => ({ resourceArn: kind })),
  },
  TransferCertificate: {
    input: async (account) => ({ targetAwsAccount: (await otherAccount(account)).endpoints.accountId }),
  },
  UntagResource: members({ tagKeys: ['a'] }),
  TestAuthorization: members({
    authInfos: [{ actionType: 'CONNECT', resources: ['arn:aws:iot:*:*:client/a'] }],
  }),
  UpdateBillingGroup: members({ billingGroupProperties: { billingGroupDescription: 'd' } }),
  UpdateCACertificate: members({ newStatus: 'ACTIVE' }),
  UpdateCertificate: members({ newStatus: 'ACTIVE' }),
  UpdateDomainConfiguration: members({ domainConfigurationStatus: 'DISABLED' }),
  UpdateProvisioningTemplate: { ...members({ description: 'd' }), also: passRole },
  UpdateThing: members({ attributePayload: { attributes: { a: 'b' } } }),
  UpdateThingGroup: members({ thingGroupProperties: { thingGroupDescription: 'd' } }),
  UpdateThingType: members({ thingTypeProperties: { thingTypeDescription: 'd' } }),
  UpdateThingGroupsForThing: {
    ways: [
      { thingName: 'thing', thingGroupsToAdd: 'thingGroup' },
      { thingName: 'thing', thingGroupsToRemove: 'thingGroup' },
    ],
  },
  UpdateTopicRuleDestination: members({ status: 'IN_PROGRESS' }),
}

const lambda: Record<string, Row> = {
  CreateFunction: creates('FunctionName', members(code)),
  UpdateFunctionCode: members({ ZipFile: zip }),
  UpdateFunctionConfiguration: members({ Description: 'changed' }),
  CreateAlias: members({ Name: 'other', FunctionVersion: '1' }),
  GetAlias: members({ Name: 'live' }),
  UpdateAlias: members({ Name: 'live', Description: 'changed' }),
  DeleteAlias: members({ Name: 'live' }),
  Invoke: members({ InvocationType: 'DryRun' }),
  AddPermission: members({
    StatementId: 't',
    Action: 'lambda:InvokeFunction',
    Principal: 'iot.amazonaws.com',
  }),
  RemovePermission: members({ StatementId: 's' }),
  PutFunctionConcurrency: members({ ReservedConcurrentExecutions: 1 }),
  PutFunctionEventInvokeConfig: members({ MaximumRetryAttempts: 0 }),
  UpdateFunctionEventInvokeConfig: members({ MaximumRetryAttempts: 0 }),
  TagResource: members({ Tags: { a: 'b' } }),
  UntagResource: members({ TagKeys: ['a'] }),
  GetFunctionUrlConfig: absent,
  GetProvisionedConcurrencyConfig: { refusal: 'ProvisionedConcurrencyConfigNotFoundException' },
}

const hasNoQualifier = { FunctionName: 'version' } as const
const hasQualifier = { FunctionName: 'versionOne', Qualifier: 'versionOne' } as const
const qualifierOf: Record<string, Row['ways']> = {
  GetProvisionedConcurrencyConfig: [hasQualifier],
  GetFunctionUrlConfig: [hasNoQualifier], // takes no number
}
for (const operation of qualifiedOperations) {
  const ways = qualifierOf[operation] ?? [hasNoQualifier, hasQualifier]
  lambda[operation] = { ...lambda[operation], ways }
}

const logs: Record<string, Row> = {
  CreateLogGroup: creates('logGroupName'),
  CreateLogStream: { ways: [{ logGroupName: 'newLogStream', logStreamName: 'newLogStream' }] },
  DeleteLogStream: { ways: [{ logGroupName: 'logStream', logStreamName: 'logStream' }] },
  GetLogEvents: {
    ways: [
      { logGroupName: 'logStream', logStreamName: 'logStream' },
      { logGroupIdentifier: 'logStream', logStreamName: 'logStream' },
    ],
  },
  PutLogEvents: {
    input: () => ({ logEvents: [{ timestamp: Date.now(), message: 'm' }] }),
    ways: [{ logGroupName: 'logStream', logStreamName: 'logStream' }],
  },
  DescribeLogStreams: { ways: [{ logGroupName: 'logGroup' }, { logGroupIdentifier: 'logGroup' }] },
  FilterLogEvents: { ways: [{ logGroupName: 'logGroup' }, { logGroupIdentifier: 'logGroup' }] },
  PutRetentionPolicy: members({ retentionInDays: 7 }),
  PutLogGroupDeletionProtection: members({ deletionProtectionEnabled: true }),
  TagResource: members({ tags: { a: 'b' } }),
  TagLogGroup: members({ tags: { a: 'b' } }),
  UntagResource: members({ tagKeys: ['a'] }),
  UntagLogGroup: members({ tags: ['a'] }),
}

const shadowWays = [
  { thingName: 'shadowed' },
  { thingName: 'namedShadow', shadowName: 'namedShadow' },
] as const

const iotData: Record<string, Row> = {
  GetThingShadow: { ways: shadowWays },
  UpdateThingShadow: { ...members({ payload: strToU8('{"state":{"desired":{"a":2}}}') }), ways: shadowWays },
  DeleteThingShadow: { ways: shadowWays },
  Publish: members({ payload: strToU8('2'), retain: true }),
}

const someDevice = { SerialNumber: 'arn:aws:iam::000000000000:mfa/none' }
const someCodes = { AuthenticationCode1: '123456', AuthenticationCode2: '123456' }

async function setPasswordPolicy(account: Account): Promise<object> {
  await account.root({ service: 'iam', operation: 'UpdateAccountPasswordPolicy', input: {} })
  return {}
}

const iam: Record<string, Row> = {
  CreateUser: creates('UserName'),
  CreateGroup: creates('GroupName'),
  CreateRole: {
    input: ({ accountId }) => ({ AssumeRolePolicyDocument: trust(accountId) }),
    isNew: ['RoleName'],
  },
  CreatePolicy: creates('PolicyName', members({ PolicyDocument: allowAll })),
  CreatePolicyVersion: members({ PolicyDocument: allowAll }),
  GetPolicyVersion: members({ VersionId: 'v1' }),
  SetDefaultPolicyVersion: members({ VersionId: 'v1' }),
  DeletePolicyVersion: { ...members({ VersionId: 'v1' }), refusal: 'DeleteConflictException' },
  UpdateUser: {
    ways: [{ UserName: 'user' }, { UserName: 'user', NewUserName: 'user' }],
    isNew: ['NewUserName'],
  },
  UpdateGroup: {
    ways: [{ GroupName: 'group' }, { GroupName: 'group', NewGroupName: 'group' }],
    isNew: ['NewGroupName'],
  },
  PutUserPolicy: members({ ...inline, PolicyDocument: allowAll }),
  PutGroupPolicy: members({ ...inline, PolicyDocument: allowAll }),
  PutRolePolicy: members({ ...inline, PolicyDocument: allowAll }),
  ...Object.fromEntries(
    ['User', 'Group', 'Role'].flatMap((kind) => [
      [`Get${kind}Policy`, missing(members(inline))],
      [`Delete${kind}Policy`, missing(members(inline))],
      [`Detach${kind}Policy`, missing()],
      [`Put${kind}PermissionsBoundary`, members({ PermissionsBoundary: AWSIoTLogging })],
      [`Tag${kind}`, members(iamTags)],
      [`Untag${kind}`, members({ TagKeys: ['a'] })],
    ]),
  ),
  TagPolicy: members(iamTags),
  UntagPolicy: members({ TagKeys: ['a'] }),
  RemoveUserFromGroup: missing(),
  UpdateAccessKey: missing(members({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE', Status: 'Inactive' })),
  DeleteAccessKey: missing(members({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' })),
  CreateLoginProfile: members({ Password: 'Correct-horse-1' }),
  GetLoginProfile: missing(),
  UpdateLoginProfile: missing(members({ PasswordResetRequired: true })),
  DeleteLoginProfile: missing(),
  ChangePassword: missing(members({ OldPassword: 'Correct-horse-1', NewPassword: 'Another-horse-2' })),
  CreateVirtualMFADevice: creates('VirtualMFADeviceName'),
  EnableMFADevice: missing(members({ ...someDevice, ...someCodes })),
  ResyncMFADevice: missing(members({ ...someDevice, ...someCodes })),
  DeactivateMFADevice: missing(members(someDevice)),
  CreateAccountAlias: members({ AccountAlias: 'walkers' }),
  DeleteAccountAlias: missing(members({ AccountAlias: 'others' })),
  GetAccountPasswordPolicy: { input: setPasswordPolicy },
  DeleteAccountPasswordPolicy: { input: setPasswordPolicy },
  SimulatePrincipalPolicy: {
    ...members(simulated),
    ways: [{ PolicySourceArn: 'user' }, { PolicySourceArn: 'group' }, { PolicySourceArn: 'role' }],
  },
  SimulateCustomPolicy: members({ ...simulated, PolicyInputList: [allowAll] }),
  UpdateRoleDescription: members({ Description: 'd' }),
  UpdateAssumeRolePolicy: { input: ({ accountId }) => ({ PolicyDocument: trust(accountId) }) },
}

export const rows: Record<Service, Record<string, Row>> = {
  iot,
  lambda,
  logs,
  iam,
  'iot-data': iotData,
  cloudtrail: {
    LookupEvents: members({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateAccessKey' }],
    }),
  },
  cloudwatch: {
    GetMetricData: members({
      MetricDataQueries: [{ Id: 'a', MetricStat: { Metric: connects, Period: 60, Stat: 'Sum' } }],
      ...lastHour,
    }),
    GetMetricStatistics: members({ ...connects, ...lastHour, Period: 60, Statistics: ['Sum'] }),
  },
  organizations: {
    CreateAccount: {
      input: () => ({ AccountName: 'walked', Email: `${randomUUID().slice(0, 13)}@example.com` }),
    },
    DescribeCreateAccountStatus: {
      ...members({ CreateAccountRequestId: 'car-00000000' }),
      refusal: 'CreateAccountStatusNotFoundException',
    },
  },
  sts: { AssumeRole: members({ RoleSessionName: 'session' }) },
}

/** Nobody needs a permission for these. */
export const needsNothing = new Set([
  'sts GetCallerIdentity',
  'sts GetSessionToken',
  'iot ConfirmTopicRuleDestination', // the token is the right
])
