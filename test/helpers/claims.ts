/** A claim certificate with the policy of AWS's documents, and a template that devices are provisioned with. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreateProvisioningTemplateCommand,
  type CreateProvisioningTemplateCommandInput,
} from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { decodeCbor, encodeCbor } from '../../src/lib/cbor.ts'
import { createProvisioningRole } from './jitp.ts'
import type { TestServer } from './server.ts'

export const templateName = 'lamps'

/** Names of things come from the parameter SerialNumber. */
export function fleetTemplate(
  changes: { policy?: object; thing?: object; configuration?: object } = {},
): string {
  const policyDocument = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }],
  }
  return JSON.stringify({
    Parameters: {
      SerialNumber: { Type: 'String' },
      Room: { Type: 'String', Default: 'cellar' },
      'AWS::IoT::Certificate::Id': { Type: 'String' },
    },
    Resources: {
      thing: {
        Type: 'AWS::IoT::Thing',
        Properties: {
          ThingName: { 'Fn::Sub': ['lamp-${serial}', { serial: { Ref: 'SerialNumber' } }] },
          AttributePayload: { room: { Ref: 'Room' } },
          ...changes.thing,
        },
      },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' },
      },
      policy: {
        Type: 'AWS::IoT::Policy',
        Properties: changes.policy ?? { PolicyDocument: JSON.stringify(policyDocument) },
      },
    },
    DeviceConfiguration: changes.configuration ?? { FallbackUrl: 'https://www.example.com/lamps' },
  })
}

export async function createFleetTemplate(
  server: TestServer,
  input: Partial<CreateProvisioningTemplateCommandInput> = {},
): Promise<void> {
  const provisioningRoleArn =
    input.provisioningRoleArn ?? (await createProvisioningRole(server, 'Provisioning'))
  await server.iot.send(
    new CreateProvisioningTemplateCommand({
      templateName,
      templateBody: fleetTemplate(),
      enabled: true,
      ...input,
      provisioningRoleArn,
    }),
  )
}

/** AWS IoT Developer Guide, "Provisioning by claim". */
export const claimStatements = (name = templateName) => [
  { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' },
  {
    Effect: 'Allow',
    Action: ['iot:Publish', 'iot:Receive'],
    Resource: [
      'arn:aws:iot:*:*:topic/$aws/certificates/create/*',
      'arn:aws:iot:*:*:topic/$aws/certificates/create-from-csr/*',
      `arn:aws:iot:*:*:topic/$aws/provisioning-templates/${name}/provision/*`,
    ],
  },
  {
    Effect: 'Allow',
    Action: 'iot:Subscribe',
    Resource: [
      'arn:aws:iot:*:*:topicfilter/$aws/certificates/create/*',
      'arn:aws:iot:*:*:topicfilter/$aws/certificates/create-from-csr/*',
      `arn:aws:iot:*:*:topicfilter/$aws/provisioning-templates/${name}/provision/*`,
    ],
  },
]

export interface Claim {
  certificateId: string
  certificateArn: string
  certificatePem: string
  privateKeyPem: string
}

export async function createClaim(
  server: TestServer,
  statements: object[] = claimStatements(),
): Promise<Claim> {
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  const policyName = `claim-${made.certificateId!.slice(0, 8)}`
  await server.iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName, target: made.certificateArn! }))
  return {
    certificateId: made.certificateId!,
    certificateArn: made.certificateArn!,
    certificatePem: made.certificatePem!,
    privateKeyPem: made.keyPair!.PrivateKey!,
  }
}

export type Answer = Record<string, unknown> & {
  certificateId?: string
  certificatePem?: string
  privateKey?: string
  certificateOwnershipToken?: string
  thingName?: string
  statusCode?: number
  errorCode?: string
  errorMessage?: string
}

export const createTopic = '$aws/certificates/create'
export const csrTopic = '$aws/certificates/create-from-csr'
export const provisionTopic = `$aws/provisioning-templates/${templateName}/provision`

export interface Asked {
  outcome: 'accepted' | 'rejected'
  answer: Answer
}

/** Subscribes, asks, and resolves with what was accepted or rejected. @throws {Error} when the connection ends before */
export async function ask(
  client: MqttClient,
  topic: string,
  document: object | Buffer = {},
  format: 'json' | 'cbor' = 'json',
): Promise<Asked> {
  const request = `${topic}/${format}`
  const bytes = Buffer.isBuffer(document) ? document : encode(document, format)
  await client.subscribeAsync([`${request}/accepted`, `${request}/rejected`], { qos: 1 })
  const answered = hear(client, request, format)
  answered.catch(() => {}) // the connection may be lost while the request is still on its way
  await client.publishAsync(request, bytes, { qos: 1 })
  return await answered
}

function hear(client: MqttClient, request: string, format: 'json' | 'cbor'): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const stop = () => client.off('message', listen).off('close', fail)
    const fail = () => {
      stop()
      reject(new Error('the connection was lost'))
    }
    const listen = (from: string, payload: Buffer) => {
      if (!from.startsWith(`${request}/`)) return
      stop()
      const outcome = from.endsWith('/accepted') ? 'accepted' : 'rejected'
      resolve({ outcome, answer: decode(payload, format) })
    }
    client.on('message', listen).on('close', fail)
  })
}

const decode = (payload: Buffer, format: 'json' | 'cbor') =>
  (format === 'cbor'
    ? decodeCbor(payload, { maxBytes: 100_000, maxDepth: 4 })
    : JSON.parse(payload.toString())) as Answer

const encode = (document: object, format: 'json' | 'cbor') =>
  format === 'cbor' ? encodeCbor(document) : Buffer.from(JSON.stringify(document))

/** Writes a file of limits that let everybody ask at once; gives its name. */
export function unlimitedClaims(directory: string): string {
  const file = join(directory, 'limits.json')
  writeFileSync(file, JSON.stringify(noRates))
  return file
}

export const noRates = {
  maxKeysByClaimPerSecond: 0,
  maxCsrsByClaimPerSecond: 0,
  maxThingsByClaimPerSecond: 0,
}
