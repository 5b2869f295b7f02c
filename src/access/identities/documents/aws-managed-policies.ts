/** Policies that every account may attach and none may change (AWS Managed Policy Reference Guide). */

export interface AwsManagedPolicy {
  arn: string
  policyId: string
  name: string
  path: string
  description: string
  createDate: Date
  updateDate: Date
  /** `v<number>`: the only version that is offered. */
  versionId: string
  /** JSON text. */
  document: string
}

export function findAwsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  return byArn.get(arn)
}

type Source = Omit<AwsManagedPolicy, 'arn' | 'createDate' | 'updateDate' | 'document'> & {
  created: string
  updated: string
} & (
    | { actions: readonly string[] }
    /** Where not everything is allowed on everything. */
    | { statements: readonly object[] }
  )

const sources: Source[] = [
  {
    name: 'AdministratorAccess',
    path: '/',
    policyId: 'ANPAIWMBCKSKIEE64ZLYK',
    description: 'Provides full access to AWS services and resources.',
    created: '2015-02-06T18:39:00Z',
    updated: '2015-02-06T18:39:00Z',
    versionId: 'v1',
    actions: ['*'],
  },
  {
    name: 'AWSIoTFullAccess',
    path: '/',
    policyId: 'ANPAJU2FPGG6PQWN72V2G',
    description: 'This policy gives full access to the AWS IoT configuration and messaging actions',
    created: '2015-10-08T15:19:00Z',
    updated: '2022-05-19T21:39:00Z',
    versionId: 'v2',
    actions: ['iot:*', 'iotjobsdata:*'],
  },
  {
    name: 'AWSIoTLogging',
    path: '/service-role/',
    policyId: 'ANPAI6R6Z2FHHGS454W7W',
    description: 'Allows creation of Amazon CloudWatch Log groups and streaming logs to the groups',
    created: '2015-10-08T15:17:00Z',
    updated: '2015-10-08T15:17:00Z',
    versionId: 'v1',
    actions: [
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'logs:PutMetricFilter',
      'logs:PutRetentionPolicy',
      'logs:GetLogEvents',
      'logs:DeleteLogStream',
    ],
  },
  {
    name: 'AWSIoTRuleActions',
    path: '/service-role/',
    policyId: 'ANPAJEZ6FS7BUZVUHMOKY',
    description: 'Allows access to all AWS services supported in AWS IoT Rule Actions',
    created: '2015-10-08T15:14:00Z',
    updated: '2018-01-16T19:28:00Z',
    versionId: 'v2',
    actions: [
      'dynamodb:PutItem',
      'kinesis:PutRecord',
      'iot:Publish',
      's3:PutObject',
      'sns:Publish',
      'sqs:SendMessage*',
      'cloudwatch:SetAlarmState',
      'cloudwatch:PutMetricData',
      'es:ESHttpPut',
      'firehose:PutRecord',
    ],
  },
  {
    name: 'AWSIoTThingsRegistration',
    path: '/service-role/',
    policyId: 'ANPAI3YQXTC5XAEVTJNEU',
    description:
      'This policy allows users to register things at bulk using AWS IoT StartThingRegistrationTask API',
    created: '2017-12-01T20:21:00Z',
    updated: '2020-10-05T19:20:00Z',
    versionId: 'v3',
    actions: [
      'iot:AddThingToThingGroup',
      'iot:AttachPolicy',
      'iot:AttachPrincipalPolicy',
      'iot:AttachThingPrincipal',
      'iot:CreateCertificateFromCsr',
      'iot:CreatePolicy',
      'iot:CreateThing',
      'iot:DescribeCertificate',
      'iot:DescribeThing',
      'iot:DescribeThingGroup',
      'iot:DescribeThingType',
      'iot:DetachPolicy',
      'iot:DetachThingPrincipal',
      'iot:GetPolicy',
      'iot:ListAttachedPolicies',
      'iot:ListPolicyPrincipals',
      'iot:ListPrincipalPolicies',
      'iot:ListPrincipalThings',
      'iot:ListTargetsForPolicy',
      'iot:ListThingGroupsForThing',
      'iot:ListThingPrincipals',
      'iot:RegisterCertificate',
      'iot:RegisterThing',
      'iot:RemoveThingFromThingGroup',
      'iot:UpdateCertificate',
      'iot:UpdateThing',
      'iot:UpdateThingGroupsForThing',
      'iot:AddThingToBillingGroup',
      'iot:DescribeBillingGroup',
      'iot:RemoveThingFromBillingGroup',
    ],
  },
  {
    name: 'AWSLambdaBasicExecutionRole',
    path: '/service-role/',
    policyId: 'ANPAJNCQGXC42545SKXIK',
    description: 'Provides write permissions to CloudWatch Logs.',
    created: '2015-04-09T15:03:00Z',
    updated: '2015-04-09T15:03:00Z',
    versionId: 'v1',
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  },
  {
    name: 'IAMUserChangePassword',
    path: '/',
    policyId: 'ANPAJ4L4MM2A7QIEB56MS',
    description: 'Provides the ability for an IAM user to change their own password.',
    created: '2016-11-15T00:25:00Z',
    updated: '2016-11-15T23:18:00Z',
    versionId: 'v2',
    statements: [
      { Effect: 'Allow', Action: ['iam:ChangePassword'], Resource: ['arn:aws:iam::*:user/${aws:username}'] },
      { Effect: 'Allow', Action: ['iam:GetAccountPasswordPolicy'], Resource: '*' },
    ],
  },
]

const statementsOf = (source: Source) =>
  'statements' in source ? source.statements : [{ Effect: 'Allow', Action: source.actions, Resource: '*' }]

/** Sorted by name in lower case. */
export const awsManagedPolicies: readonly AwsManagedPolicy[] = sources.map((source) => {
  const { created, updated, policyId, name, path, description, versionId } = source
  return {
    policyId,
    name,
    path,
    description,
    versionId,
    arn: `arn:aws:iam::aws:policy${path}${name}`,
    createDate: new Date(created),
    updateDate: new Date(updated),
    document: JSON.stringify({ Version: '2012-10-17', Statement: statementsOf(source) }),
  }
})

const byArn = new Map(awsManagedPolicies.map((policy) => [policy.arn, policy]))
