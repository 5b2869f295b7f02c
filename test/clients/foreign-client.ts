/** What the tests ask of an MQTT client, whoever wrote it. */
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import type { TestServer } from '../helpers/server.ts'

export interface Received {
  topic: string
  payload: string
  retain: boolean
}

export interface Identity {
  certificatePem: string
  privateKeyPem: string
  /** Of an IAM user with the same rights, for those who sign instead. */
  credentials: { accessKeyId: string; secretAccessKey: string }
}

export interface OpenOptions {
  server: TestServer
  identity: Identity
  clientId: string
  /** Subscribed to with QoS 1 as soon as the client is connected. */
  filters?: readonly string[]
  /** Asks for a session that outlives the connection. */
  isPersistent?: boolean
  will?: { topic: string; payload: string }
}

export interface ForeignClient {
  readonly received: readonly Received[]
  /** Resolves with all messages as soon as there are so many. @throws {Error} after ten seconds */
  atLeast: (count: number) => Promise<readonly Received[]>
  /** With QoS 1, resolves with the PUBACK. */
  publish: (topic: string, payload: string, options?: { qos?: 0 | 1; retain?: boolean }) => Promise<void>
  /** Takes its leave. */
  end: () => Promise<void>
  /** Goes without a word, as a device that loses power. */
  vanish: () => Promise<void>
}

/** @throws {Error} when the server refuses the client */
export type OpenClient = (options: OpenOptions) => Promise<ForeignClient>

/** Messages as they come in, and those who wait for them. */
export class Inbox {
  readonly received: Received[] = []
  readonly #waiting = new Set<() => void>()

  add(message: Received): void {
    this.received.push(message)
    for (const look of this.#waiting) look()
  }

  readonly atLeast = (count: number): Promise<readonly Received[]> =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (this.received.length < count) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(this.received)
      }
      const late = () => {
        this.#waiting.delete(look)
        reject(new Error(`${this.received.length} messages came instead of ${count}`))
      }
      const timer = setTimeout(late, 10_000)
      this.#waiting.add(look)
      look()
    })
}

/** May do what `action` says, on everything; nothing at all when it is empty. */
export async function makeIdentity(server: TestServer, action = 'iot:*'): Promise<Identity> {
  const command = new CreateKeysAndCertificateCommand({ setAsActive: true })
  const { certificateArn: target, certificateId, certificatePem, keyPair } = await server.iot.send(command)
  const userName = `user-${certificateId?.slice(0, 32)}`
  await server.iam.send(new CreateUserCommand({ UserName: userName }))
  const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName: userName }))
  if (action !== '') {
    const policyName = `policy-${certificateId}`
    const Statement = [{ Effect: 'Allow', Action: action, Resource: '*' }]
    const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await server.iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
    await server.iot.send(new AttachPolicyCommand({ policyName, target }))
    const inline = { UserName: userName, PolicyName: 'own', PolicyDocument: policyDocument }
    await server.iam.send(new PutUserPolicyCommand(inline))
  }
  return {
    certificatePem: certificatePem!,
    privateKeyPem: keyPair!.PrivateKey!,
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  }
}
