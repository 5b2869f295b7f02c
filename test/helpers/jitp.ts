/** A CA with a provisioning template, registered through the official client. */
import { AttachRolePolicyCommand, CreateRoleCommand } from '@aws-sdk/client-iam'
import {
  GetRegistrationCodeCommand,
  RegisterCACertificateCommand,
  type RegisterCACertificateCommandInput,
} from '@aws-sdk/client-iot'
import { makeCa, makeVerificationCertificate, type CertificateOptions, type TestCa } from './certificates.ts'
import type { TestServer } from './server.ts'

const certificate = (name: string) => `AWS::IoT::Certificate::${name}`

/** Grants a device its own client id, and topics below its thing name. */
const deviceStatements = [
  { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' },
  { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: ['arn:aws:iot:*:*:topic/foo/*'] },
  {
    Effect: 'Allow',
    Action: 'iot:Subscribe',
    Resource: ['arn:aws:iot:*:*:topicfilter/foo/*', 'arn:aws:iot:*:*:topicfilter/$share/*/foo/*'],
  },
]

export interface TemplateOptions {
  statements?: object[]
  thingName?: object | string
  policy?: object
  parameters?: string[]
  attributes?: Record<string, unknown>
}

/** Thing named by CN, attribute country, a policy by document. */
export function provisioningTemplate(options: TemplateOptions = {}): string {
  const parameters = options.parameters ?? ['CommonName', 'Country', 'Id']
  const policyDocument = { Version: '2012-10-17', Statement: options.statements ?? deviceStatements }
  return JSON.stringify({
    Parameters: Object.fromEntries(parameters.map((name) => [certificate(name), { Type: 'String' }])),
    Resources: {
      thing: {
        Type: 'AWS::IoT::Thing',
        Properties: {
          ThingName: options.thingName ?? { Ref: certificate('CommonName') },
          AttributePayload: options.attributes ?? { version: 'v1', country: { Ref: certificate('Country') } },
        },
      },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: { Ref: certificate('Id') }, Status: 'ACTIVE' },
      },
      policy: {
        Type: 'AWS::IoT::Policy',
        Properties: options.policy ?? { PolicyDocument: JSON.stringify(policyDocument) },
      },
    },
  })
}

/** A role that `iot.amazonaws.com` may assume; resolves with its ARN. */
export async function createProvisioningRole(server: TestServer, name = 'JITPRole'): Promise<string> {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'iot.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  }
  await server.iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  )
  const policyArn = 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration'
  await server.iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: policyArn }))
  return `arn:aws:iam::${server.endpoints.accountId}:role/${name}`
}

export interface RegisteredCa extends TestCa {
  caCertificateId: string
}

/** Makes and registers a CA, ACTIVE and with auto-registration unless `input` says otherwise. */
export async function registerCa(
  server: TestServer,
  input: Partial<RegisterCACertificateCommandInput> = {},
  options: CertificateOptions = {},
): Promise<RegisteredCa> {
  const ca = makeCa(options)
  const { registrationCode } = await server.iot.send(new GetRegistrationCodeCommand({}))
  const { certificateId } = await server.iot.send(
    new RegisterCACertificateCommand({
      caCertificate: ca.certificatePem,
      verificationCertificate: makeVerificationCertificate(ca, registrationCode!).certificatePem,
      setAsActive: true,
      allowAutoRegistration: true,
      ...input,
    }),
  )
  return { ...ca, caCertificateId: certificateId! }
}
