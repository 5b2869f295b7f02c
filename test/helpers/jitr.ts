/** A function that decides about new devices, and the rule that takes it their registration events. */
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreatePolicyCommand,
  CreateTopicRuleCommand,
  DescribeCertificateCommand,
  GetTopicRuleCommand,
  type Action,
} from '@aws-sdk/client-iot'
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  PutFunctionEventInvokeConfigCommand,
  type CreateFunctionRequest,
} from '@aws-sdk/client-lambda'
import { strToU8, zipSync } from 'fflate'
import type { MqttClient } from 'mqtt'
import { connectDevice, type DeviceOptions } from './device.ts'
import { registerCa, type RegisteredCa } from './jitp.ts'
import type { TestServer } from './server.ts'
import { patienceMs } from './patience.ts'

export const document = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })

const allow = (Action: string | string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource })

export interface RoleOptions {
  name?: string
  /** Who may take it on, e.g. `lambda.amazonaws.com`. */
  service?: string
  actions?: string[]
}

/** What the functions in docs/examples do, and logs. */
export const registrationActions = [
  'iot:DescribeCertificate',
  'iot:UpdateCertificate',
  'iot:CreateThing',
  'iot:AttachThingPrincipal',
  'iot:CreatePolicy',
  'iot:AttachPolicy',
  'iot:AttachPrincipalPolicy',
  'logs:CreateLogGroup',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
]

/** Resolves with the ARN of a new role that may do `actions` on everything. */
export async function createRole(server: TestServer, options: RoleOptions = {}): Promise<string> {
  const { name: RoleName = 'jitr', service: Service = 'lambda.amazonaws.com', actions } = options
  const trust = document({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' })
  const { Role } = await server.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
  await setRights(server, RoleName, actions ?? registrationActions)
  return Role!.Arn!
}

/** Replaces what a role of `createRole` may do. */
export async function setRights(server: TestServer, RoleName: string, actions: string[]): Promise<void> {
  const PolicyDocument = document(allow(actions))
  await server.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'rights', PolicyDocument }))
}

export function zip(files: Record<string, string>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])))
}

export interface FunctionOptions extends Partial<Omit<CreateFunctionRequest, 'Code' | 'Role'>> {
  roleArn: string
  /** The deployment package; the handler is `index.handler`. */
  files: Record<string, string>
  /** Attempts after the first; AWS waits one minute, then two, before them. Default 2. */
  retries?: number
}

export const functionName = 'onboard'

/** Resolves with the function's ARN. */
export async function createFunction(server: TestServer, options: FunctionOptions): Promise<string> {
  const { roleArn: Role, files, retries, ...more } = options
  const { FunctionArn } = await server.lambda.send(
    new CreateFunctionCommand({
      FunctionName: functionName,
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Timeout: 30,
      ...more,
      Role,
      Code: { ZipFile: zip(files) },
    }),
  )
  if (retries !== undefined)
    await server.lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: more.FunctionName ?? functionName,
        MaximumRetryAttempts: retries,
      }),
    )
  return FunctionArn!
}

interface RuleOptions {
  ruleName?: string
  caCertificateId: string
  functionArn: string
  errorAction?: Action
}

export const ruleName = 'jitr'

/** Resolves with the ARN of a rule that takes the CA's registration events to the function. */
async function createRegistrationRule(server: TestServer, options: RuleOptions): Promise<string> {
  const { ruleName: name = ruleName, caCertificateId, functionArn, errorAction } = options
  await server.iot.send(
    new CreateTopicRuleCommand({
      ruleName: name,
      topicRulePayload: {
        sql: `SELECT * FROM '$aws/events/certificates/registered/${caCertificateId}'`,
        awsIotSqlVersion: '2016-03-23',
        actions: [{ lambda: { functionArn } }],
        ...(errorAction && { errorAction }),
      },
    }),
  )
  const { ruleArn } = await server.iot.send(new GetTopicRuleCommand({ ruleName: name }))
  return ruleArn!
}

/** Lets the rule invoke the function. */
export async function permitRule(server: TestServer, ruleArn: string): Promise<void> {
  await server.lambda.send(
    new AddPermissionCommand({
      FunctionName: functionName,
      StatementId: 'iot',
      Action: 'lambda:InvokeFunction',
      Principal: 'iot.amazonaws.com',
      SourceArn: ruleArn,
      SourceAccount: server.endpoints.accountId,
    }),
  )
}

/** A policy that functions attach to their devices: connect, and topics below foo/. Resolves with its name. */
export async function createDevicePolicy(server: TestServer): Promise<string> {
  const policyName = 'device'
  const policyDocument = document(allow(['iot:Connect', 'iot:Publish', 'iot:Subscribe', 'iot:Receive']))
  await server.iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
  return policyName
}

export interface RegistrationOptions extends Partial<FunctionOptions> {
  files: Record<string, string>
  errorAction?: Action
  /** Tags of the CA. */
  tags?: { Key: string; Value: string }[]
}

export interface Registration {
  ca: RegisteredCa
  roleArn: string
  functionArn: string
  ruleArn: string
}

/** A CA without a template, the function `onboard`, a rule from one to the other, and all rights. */
export async function openRegistration(
  server: TestServer,
  { errorAction, tags, ...options }: RegistrationOptions,
): Promise<Registration> {
  const roleArn = options.roleArn ?? (await createRole(server))
  const ca = await registerCa(server, tags && { tags })
  const functionArn = await createFunction(server, { ...options, roleArn })
  const rule = { caCertificateId: ca.caCertificateId, functionArn }
  const ruleArn = await createRegistrationRule(server, { ...rule, ...(errorAction && { errorAction }) })
  await permitRule(server, ruleArn)
  return { ca, roleArn, functionArn, ruleArn }
}

/**
 * Asks until `look` gives something.
 * @throws {Error} when it does not come; what `describe` resolves with says why
 */
export async function eventually<T>(
  look: () => Promise<T | undefined | false>,
  describe: () => Promise<unknown> = async () => '',
): Promise<T> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline)
      throw new Error(`it did not come to pass: ${JSON.stringify(await describe(), undefined, 1)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export async function statusOf(server: TestServer, certificateId: string): Promise<string> {
  const { certificateDescription } = await server.iot.send(new DescribeCertificateCommand({ certificateId }))
  return certificateDescription!.status!
}

export function untilStatus(server: TestServer, certificateId: string, status: string): Promise<true> {
  return eventually(
    async () => (await statusOf(server, certificateId)) === status && true,
    async () => ({ report: await server.report(certificateId), log: await logOf(server) }),
  )
}

/** What the function logged so far; nothing when it never ran. */
export async function logOf(
  server: TestServer,
  logGroupName = `/aws/lambda/${functionName}`,
): Promise<string> {
  try {
    const { events } = await server.logs.send(new FilterLogEventsCommand({ logGroupName }))
    return events!.map(({ message }) => message).join('\n')
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return ''
    throw error
  }
}

/** As a device does: tries to connect until it is let in, waiting a little longer each time. */
export async function connectUntilAdmitted(server: TestServer, device: DeviceOptions): Promise<MqttClient> {
  for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 8000)) {
    try {
      return await connectDevice(server, device)
    } catch {
      // closed without an answer, as every device that is not active yet
      await new Promise((resolve) => setTimeout(resolve, waitMs * (0.75 + Math.random() / 2)))
    }
  }
}
