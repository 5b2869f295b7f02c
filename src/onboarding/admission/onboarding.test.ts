import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { extension, makeCa, sequence, type CertificateOptions } from '../../../test/helpers/certificates.ts'
import { connect, openFleet, registerJitpCa, templateOf, type Fleet } from '../../../test/helpers/fleet.ts'

let fleet: Fleet
beforeEach(async () => {
  fleet = await openFleet()
})
afterEach(() => fleet[Symbol.asyncDispose]())

const codes = () => fleet.entries.map(({ code }) => code)
const count = async (
  table: 'things' | 'certificates' | 'iot_policies' | 'thing_principals' | 'iot_policy_attachments',
) => {
  const rows = await fleet.store.read.selectFrom(table).select('account_id').execute()
  return rows.length
}

describe('a device is refused, nothing is stored, and the journal says why', () => {
  const refused = async (device: { der: Buffer }, code: string) => {
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code })
    expect(codes()).toEqual([code])
    expect(await count('certificates')).toBe(0)
    expect(fleet.events).toEqual([])
    return fleet.entries[0]?.details ?? {}
  }

  it('when no registered CA signed its certificate', async () => {
    await registerJitpCa(fleet)
    const details = await refused(
      makeCa({ subject: 'CN=Stranger' }).issue({ subject: 'CN=lamp-1' }),
      'ca-unknown',
    )
    expect(details).toMatchObject({
      issuer: expect.stringContaining('Stranger'),
      subject: expect.stringContaining('lamp-1'),
    })
    expect(details).not.toHaveProperty('namesake')
  })

  it('when a CA of the same name signed it, and says that this is not the one', async () => {
    const ca = await registerJitpCa(fleet)
    const details = await refused(
      makeCa().issue({ subject: 'CN=lamp-1', authorityKeyId: false }),
      'ca-unknown',
    )
    expect(details['namesake']).toContain(ca.caId)
  })

  it('when its signature is forged', async () => {
    const ca = await registerJitpCa(fleet)
    const details = await refused(ca.issue({ subject: 'CN=lamp-1', forged: true }), 'ca-unknown')
    expect(details['namesake']).toContain('did not make this signature')
  })

  it('when its CA is INACTIVE', async () => {
    const ca = await registerJitpCa(fleet, templateOf(), { active: false })
    expect(await refused(ca.issue(), 'ca-inactive')).toMatchObject({ ca: ca.caId })
  })

  it('when its CA does not register by itself', async () => {
    const ca = await registerJitpCa(fleet, templateOf(), { autoRegistration: false })
    expect(await refused(ca.issue(), 'auto-registration-off')).toMatchObject({ ca: ca.caId })
  })

  it('when its CA has expired', async () => {
    const ca = await registerJitpCa(fleet)
    const device = ca.issue({ days: 1000 })
    fleet.clock.now = new Date(Date.now() + 100 * 86_400_000)
    expect(await refused(device, 'ca-expired')).toMatchObject({ ca: ca.caId })
  })

  it('when it has expired', async () => {
    const ca = await registerJitpCa(fleet)
    const notAfter = new Date(Date.now() - 60_000)
    const device = ca.issue({ notBefore: new Date(Date.now() - 120_000), notAfter })
    expect(await refused(device, 'certificate-expired')).toHaveProperty('notAfter')
  })

  it('when it is not yet valid', async () => {
    const ca = await registerJitpCa(fleet)
    const device = ca.issue({ notBefore: new Date(Date.now() + 60_000) })
    expect(await refused(device, 'certificate-not-yet-valid')).toHaveProperty('notBefore')
  })

  it.each<[string, CertificateOptions, string]>([
    ['is signed with SHA-1', { signature: 'SHA-1' }, 'SHA1'],
    ['has a short RSA key', { keyType: 'RSA-1024' }, '1024 bits'],
    ['has a key of another type', { keyType: 'Ed25519' }, 'ed25519'],
    [
      'has an unknown critical extension',
      { extensions: [extension('1.2.3.4', sequence(), true)] },
      'critical extension 1.2.3.4',
    ],
    ['is for servers alone', { purposes: ['1.3.6.1.5.5.7.3.1'] }, 'serverAuth without clientAuth'],
    ['may not sign', { keyUsage: ['keyEncipherment'] }, 'keyUsage without digitalSignature'],
  ])('when its certificate %s', async (_, options, text) => {
    const ca = await registerJitpCa(fleet)
    const details = await refused(ca.issue({ subject: 'CN=lamp-1', ...options }), 'certificate-malformed')
    expect(details['error']).toContain(text)
  })

  it('when its certificate is no certificate', async () => {
    const details = await refused({ der: Buffer.from('nonsense') }, 'certificate-malformed')
    expect(details['error']).toContain('not a valid X.509 certificate')
  })
})

describe('a registered certificate keeps its device out', () => {
  it.each([
    ['INACTIVE', 'certificate-inactive'],
    ['REVOKED', 'certificate-revoked'],
  ] as const)('while it is %s', async (newStatus, code) => {
    const ca = await registerJitpCa(fleet)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    await connect(fleet, device)
    await fleet.certificates.UpdateCertificate(
      { certificateId: device.certificateId, newStatus },
      fleet.context,
    )
    fleet.entries.length = 0
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code })
    expect(codes()).toEqual([code])
  })

  it('once it has expired', async () => {
    const ca = await registerJitpCa(fleet)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    await connect(fleet, device)
    fleet.clock.now = new Date(Date.now() + 31 * 86_400_000)
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'certificate-expired' })
  })
})
