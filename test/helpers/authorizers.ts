/** Custom authorizers with a function that does as the client says, and clients that come by them. */
import { CreateAuthorizerCommand, type CreateAuthorizerRequest } from '@aws-sdk/client-iot'
import { AddPermissionCommand, InvokeCommand } from '@aws-sdk/client-lambda'
import type { MqttClient } from 'mqtt'
import { connectDevice, type DeviceOptions } from './device.ts'
import { createFunction, createRole, document } from './jitr.ts'
import type { TestServer } from './server.ts'

/**
 * A password, or the header `x-answer` in base64, that is JSON is what it answers. Its log has what it was asked. With
 * `x-once` it answers so the first time alone.
 */
const code = `
const readAnswer = ({ mqtt, http }) => {
  const header = Object.entries(http?.headers ?? {}).find(([name]) => name.toLowerCase() === 'x-answer')
  return Buffer.from(mqtt?.password ?? header?.[1] ?? '', 'base64').toString()
}
exports.handler = async (event) => {
  console.log('EVENT ' + JSON.stringify(event))
  const said = readAnswer(event.protocolData)
  if (said === 'throw') throw new Error('the directory is down')
  if (said === 'sleep') await new Promise((resolve) => setTimeout(resolve, 60_000))
  return said.startsWith('{') ? JSON.parse(said) : { isAuthenticated: false }
}`

export const gateFunction = 'gate'

export const allowAll = { Effect: 'Allow', Action: 'iot:*', Resource: '*' }

/** What the function is to answer; by default it lets the client in and do everything. */
export const answerOf = (more: object = {}, ...statements: object[]): string =>
  JSON.stringify({
    isAuthenticated: true,
    principalId: 'ann',
    policyDocuments: [JSON.parse(document(...(statements.length > 0 ? statements : [allowAll]))) as object],
    disconnectAfterInSeconds: 3600,
    refreshAfterInSeconds: 300,
    ...more,
  })

/** Resolves with the ARN of the function, once it has run: a first start may take longer than a client is waited for. */
export async function createGate(server: TestServer): Promise<string> {
  const actions = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']
  const roleArn = await createRole(server, { name: gateFunction, actions })
  const arn = await createFunction(server, {
    roleArn,
    FunctionName: gateFunction,
    files: { 'index.js': code },
  })
  const Payload = Buffer.from(JSON.stringify({ protocolData: {} }))
  await server.lambda.send(new InvokeCommand({ FunctionName: gateFunction, Payload }))
  return arn
}

/** The function's policy allows AWS IoT to call it for this authorizer. */
const permitAuthorizer = (server: TestServer, authorizerArn: string) =>
  server.lambda.send(
    new AddPermissionCommand({
      FunctionName: gateFunction,
      StatementId: `for-${authorizerArn.split('/').at(-1)}`,
      Action: 'lambda:InvokeFunction',
      Principal: 'iot.amazonaws.com',
      SourceArn: authorizerArn,
    }),
  )

/** Resolves with the ARN of an authorizer that may call the function, and asks for no signatures unless told to. */
export async function createAuthorizer(
  server: TestServer,
  authorizerName: string,
  more: Partial<CreateAuthorizerRequest> = { signingDisabled: true },
): Promise<string> {
  const { region, accountId } = server.endpoints
  const authorizerFunctionArn = `arn:aws:lambda:${region}:${accountId}:function:${gateFunction}`
  const { authorizerArn } = await server.iot.send(
    new CreateAuthorizerCommand({ authorizerName, authorizerFunctionArn, ...more }),
  )
  await permitAuthorizer(server, authorizerArn!)
  return authorizerArn!
}

export interface Login extends Pick<DeviceOptions, 'clientId' | 'protocolVersion' | 'mqtt'> {
  username?: string
  password?: string
}

/** Over MQTT with the ALPN protocol `mqtt`, without a certificate. */
export function login(server: TestServer, { username, password, mqtt, ...more }: Login): Promise<MqttClient> {
  return connectDevice(server, {
    certificatePem: '',
    privateKeyPem: '',
    ...more,
    mqtt: {
      ALPNProtocols: ['mqtt'],
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...mqtt,
    },
  })
}

export const naming = (authorizerName: string, more: Record<string, string> = {}, user = '') =>
  `${user}?${Object.entries({ 'x-amz-customauthorizer-name': authorizerName, ...more })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`
