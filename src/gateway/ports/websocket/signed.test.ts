import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allow, policy, trusting } from '../../../access/identities/testing/test-account.ts'
import { Sha256 } from '../../../lib/sha256.ts'
import {
  allowAll,
  arn,
  startSignedGateway,
  type Keys,
  type Presigning,
  type SignedGateway,
} from '../testing/test-signed-gateway.ts'
import {
  askUpgrade,
  connectOver,
  deviceIdentity,
  failOnErrors,
  nextMessage,
  noIdentity,
  upgradeHead,
} from '../testing/test-websocket-client.ts'

let gateway: SignedGateway
beforeEach(async () => {
  gateway = await startSignedGateway()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  failOnErrors(gateway)
})

const sign = (...request: Parameters<SignedGateway['sign']>) => gateway.sign(...request)

/** The status of the answer to a presigned request, and its error type. */
async function ask(url: string, change?: Record<string, string>, identity: object = noIdentity) {
  const { pathname, search, host } = new URL(url)
  const head = upgradeHead(pathname + search, { Host: host, ...change })
  const { status, text } = await askUpgrade(gateway.port, head, identity)
  return { status, code: /x-amzn-ErrorType: (\w+)/.exec(text)?.[1], text }
}

const later = (seconds: number) => new Date(gateway.clock.now.getTime() + seconds * 1000)

/** A role's temporary credentials, as sts gives them to root. */
async function assume(statements: object[], session: { Policy?: string; DurationSeconds?: number } = {}) {
  const { account } = gateway
  const AssumeRolePolicyDocument = trusting({ AWS: '000000000000' })
  const { Role } = await account.iam('CreateRole', { RoleName: 'fleet', AssumeRolePolicyDocument })
  const own = { RoleName: 'fleet', PolicyName: 'own', PolicyDocument: policy(...statements) }
  await account.iam('PutRolePolicy', own)
  const request = { RoleArn: Role?.Arn, RoleSessionName: 'browser', ...session }
  const { Credentials: found } = await account.sts.AssumeRole(request, account.contextOf(account.root))
  return {
    accessKeyId: found?.AccessKeyId ?? '',
    secretAccessKey: found?.SecretAccessKey ?? '',
    sessionToken: found?.SessionToken ?? '',
  }
}

describe('an IAM user', () => {
  it.each([4, 5] as const)(
    'publishes and subscribes with MQTT.js, protocol level %s',
    async (protocolVersion) => {
      const keys = await gateway.addUser('ann', allowAll)
      const client = await connectOver(await sign(keys), { protocolVersion, clientId: 'browser-1' })
      await client.subscribeAsync('a/b', { qos: 1 })
      const message = nextMessage(client)
      await client.publishAsync('a/b', 'hello', { qos: 1 })
      expect(String((await message)[1])).toBe('hello')
      await client.endAsync()
      const connected = await gateway.recorded('connected')
      expect(connected).toMatchObject({
        accountId: '000000000000',
        clientId: 'browser-1',
        details: { identity: 'arn:aws:iam::000000000000:user/ann' },
      })
      expect(connected).not.toHaveProperty('certificateId')
    },
  )

  it('publishes under its unique id, which rules call the principal', async () => {
    const keys = await gateway.addUser('ann', allowAll)
    const { caller } = (await gateway.account.identities.findCredential(keys.accessKeyId))!
    const heard = new Promise((resolve) => {
      gateway.fabric.subscribe('000000000000', 'a', ({ publisher }) => resolve(publisher))
    })
    const client = await connectOver(await sign(keys), { clientId: 'browser-1' })
    await client.publishAsync('a', 'x')
    const publisher = { clientId: 'browser-1', principal: caller.userId, sourceIp: '127.0.0.1' }
    await expect(heard).resolves.toEqual(publisher)
    await client.endAsync()
  })

  it.each<[string, Partial<Presigning>]>([
    ['as its client sends the host', {}],
    ['with the host but not the port', { host: 'localhost' }],
    ['on the day before, for long enough', { at: new Date('2026-01-01T12:00:00Z'), expiresIn: 86_400 }],
    ['up to the last second', { at: new Date('2026-01-02T03:00:00Z'), expiresIn: 245 }],
    ['a quarter of an hour ahead of our clock', { at: new Date('2026-01-02T03:19:05Z') }],
  ])('may sign %s', async (_title, more) => {
    const keys = await gateway.addUser('ann', allowAll)
    expect(await ask(await sign(keys, more))).toMatchObject({ status: 101 })
  })

  it('may leave out X-Amz-Expires, as the device SDKs do', async () => {
    const keys = await gateway.addUser('ann', allowAll)
    const at = (date: Date) => signWithoutExpiry(keys, date)
    expect(await ask(await at(later(-899)))).toMatchObject({ status: 101 })
    expect(await ask(await at(later(-901)))).toMatchObject({ status: 403, code: 'InvalidSignatureException' })
  })

  it('may sign in the Authorization header', async () => {
    const keys = await gateway.addUser('ann', allowAll)
    const signer = signerOf(keys)
    const headers = { host: 'localhost' }
    const request = { method: 'GET', protocol: 'wss:', hostname: 'localhost', path: '/mqtt', headers }
    const signed = await signer.sign(request, { signingDate: gateway.clock.now })
    const url = `wss://localhost/mqtt`
    expect(await ask(url, signed.headers)).toMatchObject({ status: 101 })
    const wrong = { ...signed.headers, authorization: signed.headers['authorization']!.replace(/..$/, '00') }
    expect(await ask(url, wrong)).toMatchObject({ status: 403, code: 'InvalidSignatureException' })
  })

  it('goes before the certificate of the handshake', async () => {
    const keys = await gateway.addUser('ann', allowAll)
    const client = await connectOver(await sign(keys), { ...deviceIdentity, clientId: 'both' })
    await client.endAsync()
    expect((await gateway.recorded('connected')).certificateId).toBeUndefined()
    const wrong = (await sign(keys)).replace(/X-Amz-Signature=../, 'X-Amz-Signature=00')
    expect(await ask(wrong, {}, deviceIdentity)).toMatchObject({ status: 403 })
  })
})

const signerOf = (credentials: Keys) =>
  new SignatureV4({ service: 'iotdevicegateway', region: 'us-east-1', credentials, sha256: Sha256 as never })

/** As AWS's older samples: only what AWS IoT asks for. */
async function signWithoutExpiry(keys: Keys, at: Date): Promise<string> {
  const date = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const scope = `${date.slice(0, 8)}/us-east-1/iotdevicegateway/aws4_request`
  const query = new URLSearchParams([
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${keys.accessKeyId}/${scope}`],
    ['X-Amz-Date', date],
    ['X-Amz-SignedHeaders', 'host'],
  ])
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const canonical = ['GET', '/mqtt', query, 'host:localhost', '', 'host', empty].join('\n')
  const digest = createHash('sha256').update(canonical).digest('hex')
  const text = ['AWS4-HMAC-SHA256', date, scope, digest].join('\n')
  const parts = [date.slice(0, 8), 'us-east-1', 'iotdevicegateway', 'aws4_request', text]
  let key: string | Buffer = `AWS4${keys.secretAccessKey}`
  for (const part of parts) key = createHmac('sha256', key).update(part).digest()
  return `wss://localhost/mqtt?${query.toString()}&X-Amz-Signature=${(key as Buffer).toString('hex')}`
}

describe('temporary credentials', () => {
  it.each([
    ['with the token behind the signature, as AWS IoT asks', false],
    ['with the token signed too, as other services ask', true],
  ])('let in %s', async (_title, signsToken) => {
    const keys = await assume([allowAll])
    const client = await connectOver(await sign(keys, { signsToken }), { clientId: 'browser-1' })
    await client.endAsync()
    const { details } = await gateway.recorded('connected')
    expect(details).toMatchObject({ identity: 'arn:aws:sts::000000000000:assumed-role/fleet/browser' })
  })

  it.each([
    ['without their token', undefined],
    ['with another token', 'AAAA'],
  ])('are refused %s', async (_title, sessionToken) => {
    const keys = await assume([allowAll])
    const { sessionToken: _, ...plain } = keys
    const url = await sign(sessionToken === undefined ? plain : { ...plain, sessionToken })
    expect(await ask(url)).toMatchObject({ status: 403, code: 'UnrecognizedClientException' })
  })

  it('are refused once they expired, whatever the request says', async () => {
    const keys = await assume([allowAll], { DurationSeconds: 900 })
    gateway.clock.now = later(901)
    expect(await ask(await sign(keys))).toMatchObject({ status: 403, code: 'ExpiredTokenException' })
  })

  it('may do no more than their session policy', async () => {
    const Policy = policy(allow('iot:Connect', arn('client/mine-*')))
    const keys = await assume([allowAll], { Policy })
    const client = await connectOver(await sign(keys), { clientId: 'mine-1' })
    await expect(connectOver(await sign(keys), { clientId: 'other' })).rejects.toThrow(
      "Couldn't connect to server",
    )
    await client.endAsync()
  })
})

describe('a signature is refused', () => {
  let keys: Keys
  beforeEach(async () => {
    keys = await gateway.addUser('ann', allowAll)
  })
  const change = (url: string, name: string, value: string | undefined) => {
    const changed = new URL(url)
    if (value === undefined) changed.searchParams.delete(name)
    else changed.searchParams.set(name, value)
    return changed.href
  }
  const wrong = 'InvalidSignatureException'
  const incomplete = 'IncompleteSignatureException'
  const unknown = 'UnrecognizedClientException'

  it.each<[string, string, () => Promise<string>]>([
    ['that is another', wrong, async () => change(await sign(keys), 'X-Amz-Signature', '0'.repeat(64))],
    ['that is missing', incomplete, async () => change(await sign(keys), 'X-Amz-Signature', undefined)],
    ['of another secret', wrong, () => sign({ ...keys, secretAccessKey: 'x' })],
    ['of an unknown key', unknown, () => sign({ ...keys, accessKeyId: 'AKIAUNKNOWN' })],
    ['of a user with a token', unknown, () => sign({ ...keys, sessionToken: 'AAAA' })],
    ['for another service', wrong, () => sign(keys, { service: 'iotdata' })],
    ['for another region', wrong, () => sign(keys, { region: 'eu-west-1' })],
    ['for another host', wrong, () => sign(keys, { host: 'elsewhere' })],
    ['that expired', wrong, () => sign(keys, { at: later(-301), expiresIn: 300 })],
    ['far ahead of our clock', wrong, () => sign(keys, { at: later(901) })],
    [
      'stretched in time',
      wrong,
      async () => change(await sign(keys, { expiresIn: 1 }), 'X-Amz-Expires', '3600'),
    ],
    ['for longer than a week', incomplete, async () => change(await sign(keys), 'X-Amz-Expires', '604801')],
    ['for another day', wrong, async () => change(await sign(keys), 'X-Amz-Date', '20260103T030405Z')],
    ['with a parameter added', wrong, async () => `${await sign(keys)}&x-amz-customauthorizer-name=a`],
  ])('%s', async (_title, code, makeUrl) => {
    expect(await ask(await makeUrl())).toMatchObject({ status: 403, code })
    const { details, certificateId } = await gateway.recorded('signature-refused')
    expect(details).toMatchObject({ reason: code, protocol: 'WebSocket' })
    expect(certificateId).toBeUndefined()
    expect(JSON.stringify(details)).not.toContain(keys.secretAccessKey)
  })

  it('of a key that is inactive, and accepted again when it is active', async () => {
    const { iam } = gateway.account
    const update = (Status: 'Active' | 'Inactive') =>
      iam('UpdateAccessKey', { UserName: 'ann', AccessKeyId: keys.accessKeyId, Status })
    await update('Inactive')
    expect(await ask(await sign(keys))).toMatchObject({ status: 403, code: unknown })
    await update('Active')
    expect(await ask(await sign(keys))).toMatchObject({ status: 101 })
  })

  it('at another path than that of WebSockets', async () => {
    expect(await ask(await sign(keys, { path: '/topics/a' }))).toMatchObject({ status: 404 })
  })

  it('when too many others are being looked at', async () => {
    await using busy = await startSignedGateway({ limits: { maxWaitingUpgrades: 1 } })
    const { identities } = busy.account
    let answer: (value: undefined) => void = () => {}
    const asked = new Promise<void>((resolve) => {
      identities.findCredential = () => {
        resolve()
        return new Promise((found) => (answer = found))
      }
    })
    const url = await busy.sign(keys)
    const { pathname, search, host } = new URL(url)
    const first = askUpgrade(busy.port, upgradeHead(pathname + search, { Host: host }), noIdentity)
    await asked
    const second = await askUpgrade(busy.port, upgradeHead(pathname + search, { Host: host }), noIdentity)
    expect(second.status).toBe(503)
    answer(undefined)
    expect((await first).status).toBe(403)
  })
})
