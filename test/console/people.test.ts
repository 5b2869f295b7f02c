/** People sign in to the console with a password, and a code where they have a device for it. */
import { createHmac } from 'node:crypto'
import {
  AttachUserPolicyCommand,
  CreateAccountAliasCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteLoginProfileCommand,
  EnableMFADeviceCommand,
  PutUserPolicyCommand,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { Visitor } from './visitor.ts'

const account = '000000000000'
const password = 'Correct-horse-1'

let server: TestServer
let visitor: Visitor
let people = 0
let userName: string

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  visitor = new Visitor(server.endpoints.apiUrl)
  userName = `person-${(people += 1)}`
  await server.iam.send(new CreateUserCommand({ UserName: userName }))
})

const givePassword = (PasswordResetRequired = false) =>
  server.iam.send(
    new CreateLoginProfileCommand({ UserName: userName, Password: password, PasswordResetRequired }),
  )
const allow = (Action: string, Condition: object = {}) =>
  server.iam.send(
    new PutUserPolicyCommand({
      UserName: userName,
      PolicyName: 'own',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action, Resource: '*', Condition }],
      }),
    }),
  )
const signIn = (more: object = {}) => visitor.openSession({ account, userName, password, ...more })
const whoAmI = () => visitor.call({ path: '/console/session' })
const listThings = () => visitor.operation('iot', 'ListThings')

/** What an authenticator app shows of the seed, so many steps from now. */
function codeOf(seed: string, ahead: number): string {
  const bits = Array.from(seed, (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const key = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  )
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const mac = createHmac('sha1', key).update(counter).digest()
  const number = mac.readUInt32BE(mac.at(-1)! & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

/** Enabled with the codes of before, so that those of now have not been used. */
async function giveDevice() {
  const { VirtualMFADevice } = await server.iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: userName }),
  )
  const SerialNumber = VirtualMFADevice!.SerialNumber!
  const seed = Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString()
  const codes = { AuthenticationCode1: codeOf(seed, -2), AuthenticationCode2: codeOf(seed, -1) }
  await server.iam.send(new EnableMFADeviceCommand({ UserName: userName, SerialNumber, ...codes }))
  return { SerialNumber, code: () => codeOf(seed, 1) }
}

describe('nobody gets in', () => {
  it.each<[string, object, number]>([
    ['with a wrong password', { password: 'Wrong-horse-1' }, 403],
    ['as a user who is not there', { userName: 'nobody' }, 403],
    ['to an account that is not there', { account: 'elsewhere' }, 403],
    ['without a password', { password: undefined }, 400],
    ['with a password that is none', { password: 1 }, 400],
    ['with a password longer than any', { password: 'x'.repeat(129) }, 400],
  ])('%s', async (_how, given, status) => {
    await givePassword()
    const answer = await signIn(given)
    expect(answer.status).toBe(status)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it('with an answer that tells an unknown user from a wrong password', async () => {
    await givePassword()
    const wrong = await signIn({ password: 'Wrong-horse-1' })
    const unknown = await signIn({ userName: 'nobody' })
    const UserName = `${userName}-without`
    await server.iam.send(new CreateUserCommand({ UserName }))
    const withoutPassword = await signIn({ userName: UserName })
    expect(unknown.body).toEqual(wrong.body)
    expect(withoutPassword.body).toEqual(wrong.body)
  })

  it('from another page', async () => {
    await givePassword()
    const body = { account, userName, password }
    expect((await visitor.openSession(body, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await visitor.openSession(body, { 'x-muster-console': undefined })).status).toBe(403)
  })

  it('by trying: one waits longer each time, and the journal knows', async () => {
    await givePassword()
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect((await signIn({ password: `Wrong-horse-${attempt}` })).status).toBe(403)
    const answer = await signIn()
    expect(answer.headers.get('x-amzn-errortype')).toMatch(/^ThrottlingException/)
    expect(answer.body['message']).toMatch(/too many failures/)
    const operator = new Visitor(visitor.origin)
    await operator.signIn(server.rootKey)
    const { body } = await operator.call({ path: '/muster/v1/refusals' })
    expect(body['entries']).toContainEqual(
      expect.objectContaining({ code: 'console-sign-in-refused', details: { userName } }),
    )
    expect(JSON.stringify(body)).not.toContain('Wrong-horse')
  })
})

describe('a password', () => {
  it('opens a session with the rights of its user', async () => {
    await givePassword()
    await allow('iot:ListThings')
    expect((await signIn()).status).toBe(200)
    const { body } = await whoAmI()
    expect(body).toMatchObject({ arn: `arn:aws:iam::${account}:user/${userName}` })
    expect(body).not.toHaveProperty('accessKeyId')
    expect((await listThings()).status).toBe(200)
    expect((await visitor.operation('iot', 'CreateThing', { thingName: 'x' })).status).toBe(403)
  })

  it('is of the account that its alias names', async () => {
    await server.iam.send(new CreateAccountAliasCommand({ AccountAlias: 'lamp-makers' }))
    await givePassword()
    expect((await signIn({ account: 'lamp-makers' })).status).toBe(200)
  })

  it.each<[string, () => Promise<unknown>]>([
    [
      'is changed',
      () =>
        server.iam.send(new UpdateLoginProfileCommand({ UserName: userName, Password: 'Another-horse-2' })),
    ],
    ['is taken away', () => server.iam.send(new DeleteLoginProfileCommand({ UserName: userName }))],
  ])('ends its sessions, and their live feeds, when it %s', async (_how, end) => {
    await givePassword()
    await allow('muster:*')
    await signIn()
    const feed = await visitor.fetch({ path: '/console/events' })
    expect(feed.headers.get('content-type')).toBe('text/event-stream')
    await end()
    expect((await whoAmI()).status).toBe(403)
    await feed.text() // resolves, as the server has ended it
  })

  it('that has to be changed is, before anything else', async () => {
    await givePassword(true)
    const needs = await signIn()
    expect(needs).toMatchObject({ status: 200, body: { needs: ['newPassword'] } })
    expect(needs.headers.getSetCookie()).toEqual([])
    expect((await signIn({ newPassword: 'Another-horse-2' })).status).toBe(403) // no right to
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMUserChangePassword'
    await server.iam.send(new AttachUserPolicyCommand({ UserName: userName, PolicyArn }))
    expect((await signIn({ newPassword: 'weak' })).status).toBe(400)
    expect((await signIn({ newPassword: 'Another-horse-2' })).status).toBe(200)
    expect((await whoAmI()).status).toBe(200)
    expect((await signIn()).status).toBe(403)
  })
})

describe('an MFA code', () => {
  it('is asked for, taken once, and what a policy may ask for', async () => {
    await givePassword()
    await allow('iot:ListThings', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })
    await signIn()
    expect((await listThings()).status).toBe(403)
    const { SerialNumber, code } = await giveDevice()
    expect((await signIn()).body).toEqual({ needs: ['mfaCode'] })
    expect((await signIn({ mfaCode: '000000' })).status).toBe(403)
    const mfaCode = code()
    expect((await signIn({ mfaCode })).status).toBe(200)
    expect((await listThings()).status).toBe(200)
    const other = new Visitor(visitor.origin)
    const replayed = await other.openSession({ account, userName, password, mfaCode })
    expect(replayed.status).toBe(403)
    await server.iam.send(new DeactivateMFADeviceCommand({ UserName: userName, SerialNumber }))
    await signIn()
    expect((await listThings()).status).toBe(403)
  })

  it('too old is what a policy may refuse', async () => {
    await givePassword()
    await allow('iot:ListThings', { NumericLessThan: { 'aws:MultiFactorAuthAge': '0' } })
    const { code } = await giveDevice()
    expect((await signIn({ mfaCode: code() })).status).toBe(200)
    expect((await listThings()).status).toBe(403)
    await allow('iot:ListThings', { NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } })
    expect((await listThings()).status).toBe(200)
  })
})

it('the list of sessions says who is signed in, and how', async () => {
  await givePassword()
  const { code } = await giveDevice()
  await signIn({ mfaCode: code() })
  const operator = new Visitor(visitor.origin)
  await operator.signIn(server.rootKey)
  const { body } = await operator.call({ path: '/muster/v1/console/sessions' })
  expect(body['sessions']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ arn: `arn:aws:iam::${account}:user/${userName}`, hasMfa: true }),
      expect.objectContaining({ arn: `arn:aws:iam::${account}:root`, hasMfa: false }),
    ]),
  )
})
