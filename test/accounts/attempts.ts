/** What somebody in another account may try by the APIs, each refused by its name. */
import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, GetUserCommand } from '@aws-sdk/client-iam'
import * as Iot from '@aws-sdk/client-iot'
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  GetRetainedMessageCommand,
  GetThingShadowCommand,
} from '@aws-sdk/client-iot-data-plane'
import { AddPermissionCommand, GetFunctionCommand, InvokeCommand } from '@aws-sdk/client-lambda'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import AWS from 'aws-sdk'
import type { AccountView } from '../helpers/accounts.ts'
import { makeVerificationCertificate } from '../helpers/certificates.ts'
import type { TestServer } from '../helpers/server.ts'
import { dataClientOf, thingName, type Identity, type Treasure } from './treasure.ts'

export interface Scene {
  /** Whose the treasure is. */
  owner: TestServer
  treasure: Treasure
  /** Who tries. */
  thief: AccountView
  /** Of the thief. */
  identity: Identity
}

type Attempt = [what: string, refusal: RegExp, attempt: (scene: Scene) => Promise<unknown>]

const notFound = /^ResourceNotFoundException$/
const byIot =
  (command: (scene: Scene) => object): Attempt[2] =>
  (scene) =>
    scene.thief.iot.send(command(scene) as Iot.DescribeThingCommand)
const byData =
  (command: object): Attempt[2] =>
  ({ thief }) =>
    dataClientOf(thief).send(command as GetThingShadowCommand)

const arnIn = ({ owner }: Scene, resource: string) =>
  `arn:aws:iot:${owner.endpoints.region}:${owner.endpoints.accountId}:${resource}`

const onRegistry: Attempt[] = [
  ['describe a thing', notFound, byIot(() => new Iot.DescribeThingCommand({ thingName }))],
  ['change a thing', notFound, byIot(() => new Iot.UpdateThingCommand({ thingName, thingTypeName: 'x' }))],
  ['see the principals of a thing', notFound, byIot(() => new Iot.ListThingPrincipalsCommand({ thingName }))],
  ['describe a type', notFound, byIot(() => new Iot.DescribeThingTypeCommand({ thingTypeName: thingName }))],
  [
    'describe a group',
    notFound,
    byIot(() => new Iot.DescribeThingGroupCommand({ thingGroupName: thingName })),
  ],
  [
    'describe a billing group',
    notFound,
    byIot(() => new Iot.DescribeBillingGroupCommand({ billingGroupName: thingName })),
  ],
  [
    'put a thing into a group of its own',
    /^(InvalidRequest|ResourceNotFound)Exception$/,
    byIot((scene) => {
      const thingArn = arnIn(scene, `thing/${thingName}`)
      return new Iot.AddThingToThingGroupCommand({ thingArn, thingGroupName: 'own' })
    }),
  ],
  [
    'tag a group',
    /^(InvalidRequest|ResourceNotFound)Exception$/,
    byIot((scene) => {
      const resourceArn = arnIn(scene, `thinggroup/${thingName}`)
      return new Iot.TagResourceCommand({ resourceArn, tags: [{ Key: 'a', Value: 'b' }] })
    }),
  ],
]

const transferSteps: [step: string, command: (input: { certificateId: string }) => object][] = [
  ['accept', (input) => new Iot.AcceptCertificateTransferCommand(input)],
  ['reject', (input) => new Iot.RejectCertificateTransferCommand(input)],
  ['cancel', (input) => new Iot.CancelCertificateTransferCommand(input)],
]

const onCertificates: Attempt[] = [
  [
    'describe a certificate',
    notFound,
    byIot(({ treasure }) => new Iot.DescribeCertificateCommand(treasure.identity)),
  ],
  [
    'deactivate a certificate',
    notFound,
    byIot(({ treasure: { identity } }) => {
      const { certificateId } = identity
      return new Iot.UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' })
    }),
  ],
  [
    'attach a certificate to a thing of its own',
    /^(InvalidRequest|ResourceNotFound)Exception$/,
    byIot(({ treasure: { identity } }) => {
      const principal = identity.certificateArn
      return new Iot.AttachThingPrincipalCommand({ thingName: 'own', principal })
    }),
  ],
  [
    'attach a policy of its own to a certificate',
    /^(InvalidRequest|ResourceNotFound)Exception$/,
    byIot(({ treasure: { identity } }) => {
      const target = identity.certificateArn
      return new Iot.AttachPolicyCommand({ policyName: 'own', target })
    }),
  ],
  [
    'transfer a certificate to itself',
    notFound,
    byIot(({ thief, treasure: { identity } }) => {
      const { certificateId } = identity
      const targetAwsAccount = thief.endpoints.accountId
      return new Iot.TransferCertificateCommand({ certificateId, targetAwsAccount })
    }),
  ],
  [
    'accept a certificate that nobody gives it',
    notFound,
    byIot(({ treasure: { identity } }) => {
      const { certificateId } = identity
      return new Iot.AcceptCertificateTransferCommand({ certificateId, setAsActive: true })
    }),
  ],
  [
    'describe a certificate that goes to a third account',
    notFound,
    byIot(({ treasure }) => new Iot.DescribeCertificateCommand({ certificateId: treasure.givenId })),
  ],
  ...transferSteps.map(([step, command]): Attempt => [
    `${step} the transfer of a certificate to a third account`,
    notFound,
    byIot(({ treasure: { givenId: certificateId } }) => command({ certificateId })),
  ]),
  [
    'register a certificate of a CA',
    /^CertificateValidationException$/,
    byIot(({ treasure: { ca } }) => {
      const { certificatePem } = ca.issue({ subject: 'CN=stray' })
      return new Iot.RegisterCertificateCommand({ certificatePem })
    }),
  ],
  [
    'describe a CA certificate',
    notFound,
    byIot(
      ({ treasure: { ca } }) => new Iot.DescribeCACertificateCommand({ certificateId: ca.caCertificateId }),
    ),
  ],
  [
    'register a CA certificate again, even with its key',
    /^ResourceAlreadyExistsException$/,
    async ({ thief, treasure: { ca } }) => {
      const { registrationCode = '' } = await thief.iot.send(new Iot.GetRegistrationCodeCommand({}))
      const verificationCertificate = makeVerificationCertificate(ca, registrationCode).certificatePem
      const caCertificate = ca.certificatePem
      await thief.iot.send(new Iot.RegisterCACertificateCommand({ caCertificate, verificationCertificate }))
    },
  ],
]

const onRights: Attempt[] = [
  ['read a policy', notFound, byIot(() => new Iot.GetPolicyCommand({ policyName: thingName }))],
  [
    'describe a role alias',
    notFound,
    byIot(() => new Iot.DescribeRoleAliasCommand({ roleAlias: thingName })),
  ],
  [
    'ask an authorizer',
    notFound,
    byIot(() => new Iot.TestInvokeAuthorizerCommand({ authorizerName: thingName, token: 'x' })),
  ],
  [
    'see a user',
    /^NoSuchEntityException$/,
    ({ thief }) => thief.iam.send(new GetUserCommand({ UserName: thingName })),
  ],
  [
    'make a key for a user',
    /^NoSuchEntityException$/,
    ({ thief }) => thief.iam.send(new CreateAccessKeyCommand({ UserName: thingName })),
  ],
  [
    'assume a role',
    /^AccessDenied$/,
    async ({ thief: { endpoints, rootKey }, treasure: { roleArn } }) => {
      const { apiUrl: endpoint, region } = endpoints
      const sts = new STSClient({ endpoint, region, credentials: rootKey, maxAttempts: 1 })
      await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'thief' }))
    },
  ],
  [
    'list the accounts',
    /^AccessDeniedException$/,
    ({ thief: { endpoints, rootKey } }) =>
      new AWS.Organizations({
        endpoint: endpoints.apiUrl,
        region: 'us-east-1',
        credentials: rootKey,
        maxRetries: 0,
      })
        .listAccounts()
        .promise(),
  ],
]

const onOnboarding: Attempt[] = [
  [
    'read a template',
    notFound,
    byIot(() => new Iot.DescribeProvisioningTemplateCommand({ templateName: thingName })),
  ],
  [
    'get a claim for a template',
    /^(InvalidRequest|ResourceNotFound)Exception$/,
    byIot(() => new Iot.CreateProvisioningClaimCommand({ templateName: thingName })),
  ],
  [
    'describe a domain',
    notFound,
    byIot(() => new Iot.DescribeDomainConfigurationCommand({ domainConfigurationName: thingName })),
  ],
  [
    'take over a domain',
    /^ResourceAlreadyExistsException$/,
    byIot(
      () =>
        new Iot.CreateDomainConfigurationCommand({
          domainConfigurationName: 'own',
          domainName: 'treasure.example.com',
        }),
    ),
  ],
  [
    'take a name that is kept for accounts',
    /^InvalidRequestException$/,
    byIot(
      () =>
        new Iot.CreateDomainConfigurationCommand({
          domainConfigurationName: 'own',
          domainName: 'a0123456789abc-ats.localhost',
        }),
    ),
  ],
]

const onMessages: Attempt[] = [
  [
    'read a rule',
    /^UnauthorizedException$/,
    byIot(() => new Iot.GetTopicRuleCommand({ ruleName: thingName })),
  ],
  [
    'switch a rule off',
    /^UnauthorizedException$/,
    byIot(() => new Iot.DisableTopicRuleCommand({ ruleName: thingName })),
  ],
  [
    'make a rule that acts under a role',
    /^InvalidRequestException$/,
    byIot(
      ({ treasure: { roleArn } }) =>
        new Iot.CreateTopicRuleCommand({
          ruleName: 'own',
          topicRulePayload: { sql: "SELECT * FROM 'own'", actions: [{ republish: { roleArn, topic: 'b' } }] },
        }),
    ),
  ],
  ['read a shadow', notFound, byData(new GetThingShadowCommand({ thingName }))],
  ['read a retained message', notFound, byData(new GetRetainedMessageCommand({ topic: 'treasure/kept' }))],
  ['see a connection', notFound, byData(new GetConnectionCommand({ clientId: thingName }))],
  ['end a connection', notFound, byData(new DeleteConnectionCommand({ clientId: thingName }))],
]

const onFunctions: Attempt[] = [
  [
    'read a function',
    /^(AccessDenied|ResourceNotFound)Exception$/,
    ({ thief, treasure }) =>
      thief.lambda.send(new GetFunctionCommand({ FunctionName: treasure.functionArn })),
  ],
  [
    'invoke a function',
    /^(AccessDenied|ResourceNotFound)Exception$/,
    ({ thief, treasure }) => thief.lambda.send(new InvokeCommand({ FunctionName: treasure.functionArn })),
  ],
  [
    'let itself into a function',
    /^(AccessDenied|ResourceNotFound)Exception$/,
    ({ thief, treasure }) =>
      thief.lambda.send(
        new AddPermissionCommand({
          FunctionName: treasure.functionArn,
          StatementId: 'own',
          Action: 'lambda:InvokeFunction',
          Principal: 'iot.amazonaws.com',
        }),
      ),
  ],
  [
    'list log streams',
    notFound,
    ({ thief }) => thief.logs.send(new DescribeLogStreamsCommand({ logGroupName: thingName })),
  ],
  [
    'read a log',
    notFound,
    ({ thief }) => thief.logs.send(new GetLogEventsCommand({ logGroupName: thingName, logStreamName: 'x' })),
  ],
]

export const attempts: Attempt[] = [
  ...onRegistry,
  ...onCertificates,
  ...onRights,
  ...onOnboarding,
  ...onMessages,
  ...onFunctions,
]
