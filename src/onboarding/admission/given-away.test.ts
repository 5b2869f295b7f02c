/** Devices whose certificate goes to another account, at the door of the one that has their CA. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestCertificate } from '../../../test/helpers/certificates.ts'
import {
  accountId,
  connect,
  createRole,
  openFleet,
  region,
  registerCa,
  registerJitpCa,
  templateOf,
  type Fleet,
} from '../../../test/helpers/fleet.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { findCertificate, findReceiver } from '../../pki/certificates/index.ts'
import { createOnboarding } from './onboarding.ts'

let fleet: Fleet
let other: CallContext
beforeEach(async () => {
  fleet = await openFleet()
  other = { ...fleet.context, accountId: '111111111111' }
})
afterEach(() => fleet[Symbol.asyncDispose]())

const codes = () => fleet.entries.splice(0).map(({ code }) => code)
const rehearse = (device: TestCertificate) =>
  fleet.onboarding.rehearse({ accountId, leaf: parseCertificate(device.der), sourceIp: '192.0.2.7' })

async function begin({ certificatePem, certificateId }: TestCertificate): Promise<void> {
  await fleet.certificates.RegisterCertificate({ certificatePem }, fleet.context)
  await fleet.transfers.TransferCertificate(
    { certificateId, targetAwsAccount: other.accountId },
    fleet.context,
  )
}

const give = async (device: TestCertificate) => {
  await begin(device)
  await fleet.transfers.AcceptCertificateTransfer({ certificateId: device.certificateId }, other)
  codes()
}

describe.each([
  ['JITP', () => registerJitpCa(fleet), 'provisioned'],
  ['JITR', () => registerCa(fleet), 'registration-announced'],
] as const)('a device of a CA with %s', (_, register, succeeds) => {
  it('is kept out while its certificate goes to another account, and as INACTIVE if it stays', async () => {
    const device = (await register()).issue()
    await begin(device)
    expect(await connect(fleet, device)).toMatchObject({ code: 'certificate-pending-transfer' })
    await fleet.transfers.CancelCertificateTransfer({ certificateId: device.certificateId }, fleet.context)
    expect(await connect(fleet, device)).toMatchObject({ code: 'certificate-inactive' })
  })

  it('is not let in again by its CA once the other account has the certificate', async () => {
    const device = (await register()).issue()
    await give(device)
    expect((await rehearse(device)).code).toBe('certificate-given-away')
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'certificate-given-away' })
    expect(fleet.entries).toMatchObject([
      { code: 'certificate-given-away', details: { to: other.accountId } },
    ])
    expect(await findCertificate(fleet.store.read, accountId, device.certificateId)).toBeUndefined()
  })

  it('is not let in again once the other account has deleted the certificate', async () => {
    const device = (await register()).issue()
    await give(device)
    await fleet.certificates.DeleteCertificate({ certificateId: device.certificateId }, other)
    expect(await connect(fleet, device)).toMatchObject({ code: 'certificate-given-away' })
  })

  it('comes again once somebody has registered its certificate here', async () => {
    const device = (await register()).issue()
    await give(device)
    const { certificatePem } = device
    await fleet.certificates.RegisterCertificate({ certificatePem, status: 'ACTIVE' }, fleet.context)
    expect(await connect(fleet, device)).toMatchObject({ action: 'accept' })
  })

  it('may come as a new one when the certificate was registered here again, and deleted', async () => {
    const device = (await register()).issue()
    await give(device)
    const { certificatePem, certificateId } = device
    await fleet.certificates.RegisterCertificate({ certificatePem }, fleet.context)
    await fleet.certificates.DeleteCertificate({ certificateId }, fleet.context)
    codes()
    await connect(fleet, device)
    expect(codes()).toContain(succeeds)
  })

  it('may come as a new one when the certificate was given back, and deleted', async () => {
    const device = (await register()).issue()
    const { certificateId } = device
    await give(device)
    await fleet.transfers.TransferCertificate({ certificateId, targetAwsAccount: accountId }, other)
    await fleet.transfers.AcceptCertificateTransfer({ certificateId }, fleet.context)
    await fleet.certificates.DeleteCertificate({ certificateId }, fleet.context)
    codes()
    await connect(fleet, device)
    expect(codes()).toContain(succeeds)
  })
})

it('a device is not let in whose certificate goes to another account while a webhook is asked', async () => {
  const roleArn = await createRole(fleet)
  const registrationConfig = { templateBody: templateOf(), roleArn }
  const ca = await registerCa(fleet, { registrationConfig, tags: { 'muster:hook': 'https://hook.example/' } })
  const device = ca.issue()
  const onboarding = createOnboarding({
    ...fleet,
    region,
    record: (entry) => void fleet.entries.push(entry),
    findReceiver: (...named) => findReceiver(fleet.store.read, ...named),
    async askWebhook() {
      await give(device)
      return new Map()
    },
  })
  expect(await connect({ ...fleet, onboarding }, device)).toMatchObject({ code: 'certificate-given-away' })
  expect(await findCertificate(fleet.store.read, accountId, device.certificateId)).toBeUndefined()
})
