/** The real gateway with real identities, and what signs requests for a WebSocket as its clients do. */
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../../../lib/sha256.ts'
import { allow, openTestAccount, policy } from '../../../access/identities/testing/test-account.ts'
import { startTestGateway, type TestGatewayOptions } from './test-gateway.ts'

export interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export type SignedGateway = Awaited<ReturnType<typeof startSignedGateway>>

/** Devices are allowed nothing, so that what is allowed is the identities'. Users may do as `addUser` says. */
export async function startSignedGateway(options: TestGatewayOptions = {}) {
  const account = await openTestAccount()
  const { identities, iam, clock } = account
  const now = () => clock.now
  const gateway = await startTestGateway({ isAllowed: () => false, identities, now, ...options })

  /** A user with one inline policy and an access key. */
  async function addUser(UserName: string, ...statements: object[]): Promise<Keys> {
    await iam('CreateUser', { UserName })
    await grant(UserName, ...statements)
    const { AccessKey } = await iam('CreateAccessKey', { UserName })
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  }

  async function grant(UserName: string, ...statements: object[]): Promise<void> {
    await iam('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument: policy(...statements) })
  }

  const sign = (keys: Keys, more: Partial<Presigning> = {}) =>
    presign({ port: gateway.port, keys, at: clock.now, ...more })

  return {
    ...gateway,
    account,
    clock,
    addUser,
    grant,
    /** The URL of a WebSocket, as `presign` makes it. */
    sign,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await account[Symbol.asyncDispose]()
    },
  }
}

export const allowAll = allow('iot:*')

export const arn = (resource: string): string => `arn:aws:iot:us-east-1:000000000000:${resource}`

export interface Presigning {
  port: number
  keys: Keys
  at: Date
  expiresIn?: number
  region?: string
  service?: string
  /** What the client signs as its host. Default: as it sends it, with the port. */
  host?: string
  path?: string
  /** Signs the session token too, as other services of AWS ask for. */
  signsToken?: boolean
  protocol?: 'ws' | 'wss'
}

/** The URL that clients of AWS IoT make, the session token behind the signature. */
export async function presign(signing: Presigning): Promise<string> {
  const { port, keys, at, expiresIn = 300, path = '/mqtt', signsToken = false, protocol = 'wss' } = signing
  const { sessionToken, ...withoutToken } = keys
  const signer = new SignatureV4({
    service: signing.service ?? 'iotdevicegateway',
    region: signing.region ?? 'us-east-1',
    credentials: signsToken ? keys : withoutToken,
    sha256: Sha256 as never,
  })
  const request = {
    method: 'GET',
    protocol: `${protocol}:`,
    hostname: 'localhost',
    path,
    headers: { host: signing.host ?? `localhost:${port}` },
  }
  const signed = await signer.presign(request, { signingDate: at, expiresIn })
  const query = new URLSearchParams(signed.query as Record<string, string>)
  if (sessionToken !== undefined && !signsToken) query.append('X-Amz-Security-Token', sessionToken)
  return `${protocol}://localhost:${port}${path}?${query.toString()}`
}
