/**
 * Which members of requests name a resource, and of what kind. What names one and is not judged is listed with its
 * reason; every other text must be known to name nothing (Service Authorization Reference, "Resource types").
 */
import type { Service } from './account.ts'
import type { KindName } from './resources.ts'

/** `arn`: the member takes ARNs; `list`: it takes several. */
export interface Reference {
  kind: KindName
  form?: 'arn'
  isList?: boolean
}

const arnOf = (kind: KindName): Reference => ({ kind, form: 'arn' })
const named = (kind: KindName): Reference => ({ kind })

/** Of functions: they work on a version or alias where one is named. */
export const qualifiedOperations = [
  'GetFunction',
  'GetFunctionConfiguration',
  'DeleteFunction',
  'Invoke',
  'AddPermission',
  'RemovePermission',
  'GetPolicy',
  'PutFunctionEventInvokeConfig',
  'UpdateFunctionEventInvokeConfig',
  'GetFunctionEventInvokeConfig',
  'DeleteFunctionEventInvokeConfig',
  'GetFunctionUrlConfig',
  'GetProvisionedConcurrencyConfig',
  'GetRuntimeManagementConfig',
]

/** By member; `<operation>.<member>` goes first. */
export const references: Record<Service, Record<string, Reference>> = {
  iot: {
    thingName: named('thing'),
    thingArn: arnOf('thing'),
    thingTypeName: named('thingType'),
    thingGroupName: named('thingGroup'),
    thingGroupArn: arnOf('thingGroup'),
    thingGroupsToAdd: { kind: 'thingGroup', isList: true },
    thingGroupsToRemove: { kind: 'thingGroup', isList: true },
    billingGroupName: named('billingGroup'),
    billingGroupArn: arnOf('billingGroup'),
    policyName: named('iotPolicy'),
    target: arnOf('certificate'),
    principal: arnOf('certificate'),
    certificateId: named('certificate'),
    'AcceptCertificateTransfer.certificateId': named('offeredCertificate'),
    'RejectCertificateTransfer.certificateId': named('offeredCertificate'),
    'CancelCertificateTransfer.certificateId': named('outgoingCertificate'),
    'DescribeCACertificate.certificateId': named('caCertificate'),
    'UpdateCACertificate.certificateId': named('caCertificate'),
    'DeleteCACertificate.certificateId': named('caCertificate'),
    templateName: named('provisioningTemplate'),
    provisioningRoleArn: arnOf('role'),
    roleArn: arnOf('role'),
    roleAlias: named('roleAlias'),
    certificateProviderName: named('certificateProvider'),
    authorizerName: named('authorizer'),
    ruleName: named('topicRule'),
    arn: arnOf('destination'),
    domainConfigurationName: named('domainConfiguration'),
    resourceArn: arnOf('thingGroup'),
  },
  'iot-data': {
    thingName: named('shadowed'),
    shadowName: named('namedShadow'),
    clientId: named('client'),
    topic: named('topic'),
  },
  lambda: {
    FunctionName: named('function'),
    ...Object.fromEntries(
      qualifiedOperations.map((operation) => [`${operation}.FunctionName`, named('version')]),
    ),
    Resource: arnOf('function'),
    Qualifier: named('versionOne'),
    Role: arnOf('role'),
  },
  logs: {
    logGroupName: named('logGroup'),
    logGroupIdentifier: named('logGroup'),
    resourceArn: arnOf('taggedLogGroup'),
    logStreamName: named('logStream'),
  },
  iam: {
    UserName: named('user'),
    GroupName: named('group'),
    RoleName: named('role'),
    PolicyArn: arnOf('managedPolicy'),
    PolicySourceArn: arnOf('user'),
    'CreatePolicy.PolicyName': named('managedPolicy'),
    NewUserName: named('user'),
    NewGroupName: named('group'),
    VirtualMFADeviceName: named('mfaDevice'),
    'DeleteVirtualMFADevice.SerialNumber': arnOf('mfaDevice'),
  },
  cloudtrail: {},
  cloudwatch: {},
  organizations: { AccountId: named('account') },
  sts: { RoleArn: arnOf('role') },
}

const noResourceType = 'the reference has no resource type for it'

/** By `<service> <operation>.<member>` or `<service> <member>`. */
export const notJudged: Record<string, string> = {
  'iot CreateThing.thingTypeName': noResourceType,
  'iot UpdateThing.thingTypeName': noResourceType,
  'iot ListThings.thingTypeName': 'a filter',
  'iot ListThingTypes.thingTypeName': 'a filter',
  'iot AttachThingPrincipal.thingName': 'a condition key, iot:thingArn',
  'iot DetachThingPrincipal.thingName': 'a condition key, iot:thingArn',
  'iot AttachPolicy.policyName': 'the reference names the target alone',
  'iot DetachPolicy.policyName': 'the reference names the target alone',
  'iot AttachPrincipalPolicy.policyName': 'the reference names the principal alone',
  'iot DetachPrincipalPolicy.policyName': 'the reference names the principal alone',
  'iot GetEffectivePolicies.thingName': 'the reference names the certificate alone',
  'iot parentGroupName': 'the reference names the new group alone',
  'iot parentGroup': 'a filter',
  'iot ListCertificatesByCA.caCertificateId': noResourceType,
  'iot ListCACertificates.templateName': 'a filter',
  'iot ListTopicRules.topic': 'a filter',
  'iot authorizerFunctionArn': "the function's own policy is asked when a client comes",
  'iot TestAuthorization.clientId': 'a question, not a connection',
  'iot TestAuthorization.policyNamesToAdd': 'the reference names the certificate alone',
  'iot TestAuthorization.policyNamesToSkip': 'the reference names the certificate alone',
  'iot StartThingRegistrationTask.roleArn': 'iam:PassRole is asked for it',
  'iot-data SendDirectMessage.topic': 'a condition key, iot:Topic',
  'iot targetName': 'logging is judged on everything',
  'iot lambdaFunctionArn': "the function's own policy says whether AWS IoT may have it run",
  'iot confirmationToken': 'which destination it is of is known to the database alone',
  'iot serverCertificateArns': 'of another service',
  'iot validationCertificateArn': 'of another service',
  'iot cognitoIdentityPoolId': 'of another service',
  'iam AddUserToGroup.UserName': 'the reference names the group alone',
  'iam RemoveUserFromGroup.UserName': 'the reference names the group alone',
  'iam AttachUserPolicy.PolicyArn': 'a condition key, iam:PolicyARN',
  'iam DetachUserPolicy.PolicyArn': 'a condition key, iam:PolicyARN',
  'iam AttachGroupPolicy.PolicyArn': 'a condition key, iam:PolicyARN',
  'iam DetachGroupPolicy.PolicyArn': 'a condition key, iam:PolicyARN',
  'iam AttachRolePolicy.PolicyArn': 'a condition key, iam:PolicyARN',
  'iam DetachRolePolicy.PolicyArn': 'a condition key, iam:PolicyARN',
  'iam PermissionsBoundary': 'a condition key, iam:PermissionsBoundary',
  'iam AccessKeyId': 'a part of the user',
  'iam EnableMFADevice.SerialNumber': 'the reference names the user alone',
  'iam ResyncMFADevice.SerialNumber': 'the reference names the user alone',
  'iam DeactivateMFADevice.SerialNumber': 'the reference names the user alone',
  'iam ResourceArns': 'a question',
  'iam CallerArn': 'a question: nothing but the ARN itself is known of the caller',
  'iam PolicyName': 'a part of what it is written into',
  'lambda ListEventSourceMappings.FunctionName': 'a filter of what is not offered',
  'lambda Name': 'a part of the function: an alias',
  'lambda FunctionVersion': 'a part of the function',
  'cloudwatch OwningAccount': 'refused, but for the own one',
  'organizations RoleName': 'made in the new account',
  'logs logGroupIdentifiers': 'a filter',
  'logs logGroupNamePrefix': 'a filter',
  'logs logGroupNamePattern': 'a filter',
  'logs logStreamNames': 'a filter',
  'logs logStreamNamePrefix': 'a filter',
}

/** Texts that name no resource of the account. */
export const plainMembers = new Set(
  `endpointType description policyDocument templateBody policyVersionId marker nextToken namePrefixFilter attributeName
  attributeValue caCertificate verificationCertificate certificatePem caCertificatePem certificateSigningRequest
  inputFileBucket inputFileKey taskId
  targetAwsAccount transferMessage rejectReason
  domainName tokenKeyName token tokenSignature tags tagKeys clientToken userProperties contentType responseTopic correlationData
  StatementId Action Principal SourceArn SourceAccount EventSourceToken RevisionId PrincipalOrgID Description Handler
  KMSKeyArn Layers CodeSigningConfigArn ClientContext DurableExecutionName TenantId Marker EventSourceArn MasterRegion
  CodeSha256 TagKeys S3Bucket S3Key S3ObjectVersion ImageUri SourceKMSKeyArn
  kmsKeyId accountIdentifiers filterPattern sequenceToken
  PolicyInputList PermissionsBoundaryPolicyInputList ActionNames ResourcePolicy ResourceOwner ResourceHandlingOption
  Path PolicyDocument AssumeRolePolicyDocument VersionId PathPrefix ServiceName NewPath
  Password OldPassword NewPassword AuthenticationCode1 AuthenticationCode2 AccountAlias AssignmentStatus
  EventCategory NextToken Namespace MetricName ExtendedStatistics AccountName Email CreateAccountRequestId
  RoleSessionName Policy TransitiveTagKeys ExternalId SerialNumber TokenCode SourceIdentity`.split(/\s+/),
)
