/** A device that waits, while its certificate leaves the account between two looks at it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, connect, openFleet, registerCa, type Fleet } from '../../../test/helpers/fleet.ts'
import type { TestCertificate } from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { findCertificate, getCaCertificate } from '../../pki/certificates/index.ts'
import { CertificateChanged } from './first-connection.ts'
import { keepWaiting } from './waiting.ts'

let fleet: Fleet
beforeEach(async () => {
  fleet = await openFleet()
})
afterEach(() => fleet[Symbol.asyncDispose]())

const stored = ({ certificateId }: TestCertificate) =>
  findCertificate(fleet.store.read, accountId, certificateId)

/** As it was found when the device came, and what is noted about it once that was worked on. */
async function openWaiting() {
  const { caId, issue } = await registerCa(fleet, { firstConnection: 'approve' })
  const device = issue()
  await connect(fleet, device)
  const known = await stored(device)
  const ca = await getCaCertificate(fleet.store.read, accountId, caId)
  const { certificateId } = device
  const presentation = {
    accountId,
    certificateId,
    clientId: undefined,
    sourceIp: '192.0.2.7',
    protocol: 'mqtt' as const,
    at: fleet.now(),
  }
  const record = () => {}
  const leaf = parseCertificate(device.der)
  const note = (reason: string) =>
    keepWaiting({ ...fleet, record }, { presentation, leaf, known, ca }, reason)
  return { device, note }
}

async function give({ certificateId }: TestCertificate): Promise<void> {
  const other = { ...fleet.context, accountId: '111111111111' }
  await fleet.transfers.TransferCertificate(
    { certificateId, targetAwsAccount: other.accountId },
    fleet.context,
  )
  await fleet.transfers.AcceptCertificateTransfer({ certificateId }, other)
}

describe('a certificate that waits', () => {
  it('has the reason of the last try', async () => {
    const { device, note } = await openWaiting()
    await note('another reason')
    expect(await stored(device)).toMatchObject({ pendingReason: 'another reason' })
  })

  it.each([
    ['went to another account', give],
    [
      'was deleted',
      async ({ certificateId }: TestCertificate) => {
        await fleet.certificates.UpdateCertificate({ certificateId, newStatus: 'INACTIVE' }, fleet.context)
        await fleet.certificates.DeleteCertificate({ certificateId }, fleet.context)
      },
    ],
  ])('is not registered again when it %s meanwhile', async (_, remove) => {
    const { device, note } = await openWaiting()
    await remove(device)
    await expect(note('another reason')).rejects.toBeInstanceOf(CertificateChanged)
    expect(await stored(device)).toBeUndefined()
  })
})
