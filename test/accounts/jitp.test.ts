/** Devices of two accounts of one server: each comes into the account of its CA, or the one that it asks for. */
import {
  DescribeEndpointCommand,
  GetRegistrationCodeCommand,
  ListThingsCommand,
  RegisterCACertificateCommand,
  UpdateCACertificateCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAccount, type AccountView } from '../helpers/accounts.ts'
import { makeCa, makeVerificationCertificate, type TestCa } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import {
  createProvisioningRole,
  provisioningTemplate,
  registerCa,
  type RegisteredCa,
} from '../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let other: AccountView
let third: AccountView
beforeAll(async () => {
  server = await startTestServer()
  other = await openAccount(server, 'other')
  third = await openAccount(server, 'third')
})
afterAll(() => server[Symbol.asyncDispose]())

const subject = 'C=FI, O=Acme, CN=Device CA'

async function registerJitpCa(account: AccountView, role = 'JITPRole'): Promise<RegisteredCa> {
  const roleArn = await createProvisioningRole(account as TestServer, role)
  const registrationConfig = { templateBody: provisioningTemplate(), roleArn }
  return registerCa(account as TestServer, { registrationConfig }, { subject })
}

async function onboard(ca: TestCa, name: string, servername: string): Promise<void> {
  const device = ca.issue({ subject: `C=FI, CN=${name}` })
  const client = await connectDevice(server, { ...device, clientId: name, mqtt: { servername } })
  await client.endAsync()
}

const thingsOf = async ({ iot }: Pick<AccountView, 'iot'>): Promise<string[]> => {
  const { things = [] } = await iot.send(new ListThingsCommand({}))
  return things.map(({ thingName }) => thingName ?? '')
}

describe('device CAs of one subject, with keys of their own', () => {
  let own: RegisteredCa
  let others: RegisteredCa
  beforeAll(async () => {
    own = await registerJitpCa(server)
    others = await registerJitpCa(other)
  })

  it.each(['asks for the endpoint of the server', 'asks for that of its account'])(
    'brings each device into the account of its CA when it %s',
    async (way) => {
      const isAccounts = way.includes('account')
      const name = isAccounts ? 'by-account' : 'by-server'
      await onboard(own, `own-${name}`, server.endpoints.endpoint)
      const { endpoint } = isAccounts ? other.endpoints : server.endpoints
      await onboard(others, `others-${name}`, endpoint)
      expect(await thingsOf(server)).toContain(`own-${name}`)
      expect(await thingsOf(other)).toContain(`others-${name}`)
      expect(await thingsOf(server)).not.toContain(`others-${name}`)
      expect(await thingsOf(other)).not.toContain(`own-${name}`)
    },
  )

  it('tells each account of its own devices', async () => {
    await onboard(others, 'told', other.endpoints.endpoint)
    const codes = async (account: AccountView) =>
      (await account.report('told')).entries.map(({ code }) => code)
    expect(await codes(other)).toEqual(expect.arrayContaining(['provisioned', 'connected']))
    expect(await codes(server)).toEqual([])
  })

  it('lets no device in that asks for the endpoint of another account', async () => {
    await expect(onboard(own, 'astray', other.endpoints.endpoint)).rejects.toThrow('closed')
    await expect(onboard(others, 'astray', third.endpoints.endpoint)).rejects.toThrow('closed')
    for (const account of [server, other, third]) expect(await thingsOf(account)).not.toContain('astray')
  })
})

describe('a CA certificate of two accounts', () => {
  it('is refused the second in mode DEFAULT', async () => {
    const ca = await registerCa(server, {}, { subject: 'CN=Once' })
    await expect(registerSame(other, ca)).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' })
  })

  it('lets devices into the account that they ask for, in mode SNI_ONLY', async () => {
    const ca = makeCa({ subject: 'CN=Shared' })
    for (const account of [other, third]) {
      const roleArn = await createProvisioningRole(account as TestServer, 'SharedRole')
      const { certificateId } = await account.iot.send(
        new RegisterCACertificateCommand({
          caCertificate: ca.certificatePem,
          certificateMode: 'SNI_ONLY',
          setAsActive: true,
          allowAutoRegistration: true,
        }),
      )
      const registrationConfig = { templateBody: provisioningTemplate(), roleArn }
      await account.iot.send(new UpdateCACertificateCommand({ certificateId, registrationConfig }))
    }
    await onboard(ca, 'shared-2', other.endpoints.endpoint)
    await onboard(ca, 'shared-3', third.endpoints.endpoint)
    expect(await thingsOf(other)).toContain('shared-2')
    expect(await thingsOf(other)).not.toContain('shared-3')
    expect(await thingsOf(third)).toContain('shared-3')
    await expect(onboard(ca, 'nameless', server.endpoints.endpoint)).rejects.toThrow('closed')
    for (const account of [server, other, third]) expect(await thingsOf(account)).not.toContain('nameless')
  })
})

it('tells each account where its devices connect to', async () => {
  const endpointOf = async ({ iot }: AccountView) =>
    (await iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }))).endpointAddress
  expect(await endpointOf(server)).toBe(server.endpoints.endpoint)
  expect(await endpointOf(other)).toBe(other.endpoints.endpoint)
  expect(other.endpoints.endpoint).toMatch(/^a[a-z0-9]{13}-ats\.localhost$/)
  expect(third.endpoints.endpoint).not.toBe(other.endpoints.endpoint)
})

/** With a proof of its own of the key. */
async function registerSame(account: AccountView, ca: TestCa): Promise<void> {
  const { iot } = account
  const { registrationCode } = await iot.send(new GetRegistrationCodeCommand({}))
  await iot.send(
    new RegisterCACertificateCommand({
      caCertificate: ca.certificatePem,
      verificationCertificate: makeVerificationCertificate(ca, registrationCode!).certificatePem,
    }),
  )
}
