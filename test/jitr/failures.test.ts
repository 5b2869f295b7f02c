/** What keeps a new device waiting is told wherever an operator looks, and the device gets in once it is mended. */
import { readFileSync } from 'node:fs'
import { UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { SetV2LoggingOptionsCommand } from '@aws-sdk/client-iot'
import {
  DeleteFunctionCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { renderReport } from '../../src/observability/journal/index.ts'
import { connectDevice, listen } from '../helpers/device.ts'
import {
  connectUntilAdmitted,
  createDevicePolicy,
  createFunction,
  createRole,
  document,
  eventually,
  functionName,
  logOf,
  openRegistration,
  permitRule,
  registrationActions,
  ruleName,
  setRights,
  statusOf,
  zip,
  type FunctionOptions,
  type Registration,
} from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeEach(async () => void (server = await startTestServer()))
afterEach(() => server[Symbol.asyncDispose]())

const working = { 'index.mjs': readFileSync('docs/examples/activate-device-v3.mjs', 'utf8') }
const callbacks = { 'index.js': readFileSync('docs/examples/activate-device-v2.js', 'utf8') }
const FunctionName = functionName

interface Failure {
  /** The function as it is created; one that works when absent. */
  files?: Record<string, string>
  options?: Partial<FunctionOptions>
  /** Breaks what worked, before the device comes. */
  spoil?: (registration: Registration) => Promise<unknown>
  mend: (registration: Registration) => Promise<unknown>
  /** How it is told. */
  cause: string
  /** Whether the function does not even take the event. */
  isRefused?: true
  /** How the function's own log tells it; absent when the function never ran. */
  logged?: string
}

const replaceCode = () =>
  server.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip(working) }))
const configure = (settings: { Timeout?: number; MemorySize?: number }) =>
  server.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...settings }))
const setTrust = (Service: string) =>
  server.iam.send(
    new UpdateAssumeRolePolicyCommand({
      RoleName: 'jitr',
      PolicyDocument: document({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }),
    }),
  )
const withoutUpdate = registrationActions.filter((action) => action !== 'iot:UpdateCertificate')
const missingRight = {
  spoil: () => setRights(server, 'jitr', withoutUpdate),
  mend: () => setRights(server, 'jitr', registrationActions),
  cause: 'is not authorized to perform: iot:UpdateCertificate',
  logged: 'iot:UpdateCertificate',
}
const environmentOf = (policyName: string) => ({ Environment: { Variables: { POLICY_NAME: policyName } } })

const failures: [string, Failure][] = [
  [
    'throws',
    {
      files: { 'index.js': 'exports.handler = async () => { throw new TypeError("no list to check") }' },
      mend: replaceCode,
      cause: 'TypeError: no list to check',
      logged: 'no list to check',
    },
  ],
  [
    'has an error of syntax',
    {
      files: { 'index.js': 'exports.handler = (' },
      mend: replaceCode,
      cause: 'SyntaxError',
      logged: 'SyntaxError',
    },
  ],
  [
    'times out',
    {
      files: { 'index.js': 'exports.handler = () => new Promise(() => setInterval(() => {}, 1000))' },
      options: { Timeout: 1 },
      mend: async () => {
        await replaceCode()
        await configure({ Timeout: 30 })
      },
      cause: 'Sandbox.Timedout: RequestId: ',
      logged: 'Task timed out after 1.00 seconds',
    },
  ],
  [
    'takes more memory than it may',
    {
      files: {
        'index.js': `
          const kept = []
          exports.handler = () => new Promise(() => setInterval(() => kept.push(Buffer.alloc(16 << 20, 1)), 5))`,
      },
      options: { MemorySize: 128 },
      mend: async () => {
        await replaceCode()
        await configure({ MemorySize: 512 })
      },
      cause: 'Runtime.OutOfMemory',
      logged: 'Error Type: Runtime.OutOfMemory',
    },
  ],
  ['has a role that lacks a right', missingRight],
  ['is told by callback that its role lacks a right', { ...missingRight, files: callbacks }],
  [
    'has a role that Lambda may not take on',
    {
      spoil: () => setTrust('iot.amazonaws.com'),
      mend: () => setTrust('lambda.amazonaws.com'),
      cause: 'cannot be assumed by Lambda',
    },
  ],
  [
    'is deleted',
    {
      spoil: () => server.lambda.send(new DeleteFunctionCommand({ FunctionName })),
      mend: async ({ roleArn, ruleArn }) => {
        await createFunction(server, { roleArn, files: working, ...environmentOf('device') })
        await permitRule(server, ruleArn)
      },
      cause: 'ResourceNotFoundException: Function not found',
      isRefused: true,
    },
  ],
  [
    'does not let the rule invoke it',
    {
      spoil: () => server.lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 'iot' })),
      mend: ({ ruleArn }) => permitRule(server, ruleArn),
      cause: 'because no resource-based policy allows the lambda:InvokeFunction action',
      isRefused: true,
    },
  ],
]

it.each(failures)('a function that %s', async (_, failure) => {
  const { cause, logged } = failure
  const roleArn = await createRole(server, {
    name: 'iot',
    service: 'iot.amazonaws.com',
    actions: ['iot:Publish', 'logs:*'],
  })
  await server.iot.send(new SetV2LoggingOptionsCommand({ roleArn, defaultLogLevel: 'ERROR' }))
  await using errors = await listen(server, 'errors/#')
  const registration = await openRegistration(server, {
    files: failure.files ?? working,
    retries: 0,
    ...environmentOf(await createDevicePolicy(server)),
    ...failure.options,
    errorAction: { republish: { roleArn, topic: 'errors/${clientid()}', qos: 1 } },
  })
  await failure.spoil?.(registration)
  const device = registration.ca.issue({ subject: 'CN=lamp' })
  const { certificateId } = device
  // the policy that the function of the callbacks makes is for this client id
  const clientId = failure.files === callbacks ? certificateId : 'lamp-1'
  await expect(connectDevice(server, { ...device, clientId })).rejects.toThrow('closed')

  const [message] = await errors.atLeast(1)
  expect(message!.topic).toBe(`errors/${clientId}`)
  const { caCertificateId } = registration.ca
  const topic = `$aws/events/certificates/registered/${caCertificateId}`
  const told = JSON.parse(message!.payload.toString()) as {
    base64OriginalPayload: string
    failures: { errorMessage: string }[]
  }
  expect(told).toMatchObject({
    ruleName,
    clientId,
    topic,
    failures: [{ failedAction: 'LambdaAction', failedResource: registration.functionArn }],
  })
  expect(told.failures[0]!.errorMessage).toContain(cause)
  expect(JSON.parse(Buffer.from(told.base64OriginalPayload, 'base64').toString())).toMatchObject({
    certificateId,
    caCertificateId,
    certificateStatus: 'PENDING_ACTIVATION',
  })

  const report = await server.report(certificateId)
  expect(report.certificates).toMatchObject([{ status: 'PENDING_ACTIVATION' }])
  const named = report.entries.filter(({ details }) => String(details?.['error']).includes(cause))
  const journalled = { certificateId, clientId }
  expect(named).toMatchObject(
    failure.isRefused
      ? [{ code: 'rule-failed', ...journalled }]
      : [
          { code: 'function-failed', ...journalled, details: { functionName, attempt: 1 } },
          { code: 'rule-failed', ...journalled },
        ],
  )
  expect(renderReport(report)).toContain(cause)
  const iotLog = await eventually(async () => {
    const text = await logOf(server, 'AWSIotLogsV2')
    return text.includes('RuleExecution') && text
  })
  expect(iotLog).toContain(cause)
  expect(iotLog).toContain(certificateId)
  if (logged !== undefined)
    await eventually(
      async () => (await logOf(server)).includes(logged),
      () => logOf(server),
    )

  await failure.mend(registration)
  const client = await connectUntilAdmitted(server, { ...device, clientId })
  await client.publishAsync(`foo/bar/${certificateId}/x`, 'Hello', { qos: 1 })
  await client.endAsync()
  expect(await statusOf(server, certificateId)).toBe('ACTIVE')
  expect(errors.messages).toHaveLength(1)
})
