import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findCertificate } from '../../pki/certificates/index.ts'
import { accountId, connect, openFleet, registerCa, type Fleet } from '../../../test/helpers/fleet.ts'
import { defaultAdmissionLimits } from './admission-limits.ts'

let fleet: Fleet
beforeEach(async () => {
  fleet = await openFleet()
})
afterEach(() => fleet[Symbol.asyncDispose]())

const codes = () => fleet.entries.map(({ code }) => code)
const stored = (certificateId: string) => findCertificate(fleet.store.read, accountId, certificateId)

describe('just-in-time registration', () => {
  const payloads = () =>
    fleet.events.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>)

  it('registers the certificate before announcing it, so a rule that reacts finds it, and closes', async () => {
    const ca = await registerCa(fleet)
    const device = ca.issue()
    let found: ReturnType<typeof stored> | undefined
    fleet.fabric.subscribe(accountId, `$aws/events/certificates/registered/${ca.caId}`, () => {
      found = stored(device.certificateId)
    })
    const closed = { action: 'close', code: 'registration-announced', certificateId: device.certificateId }
    expect(await connect(fleet, device)).toEqual(closed)
    expect(await found).toMatchObject({ status: 'PENDING_ACTIVATION', caCertificateId: ca.caId })
    expect(codes()).toEqual(['certificate-registered', 'registration-announced'])
    expect(fleet.events[0]).toMatchObject({
      publisher: { clientId: 'client-1', principal: device.certificateId },
    })
    expect(payloads()).toEqual([
      {
        certificateId: device.certificateId,
        caCertificateId: ca.caId,
        timestamp: fleet.clock.now.getTime(),
        certificateStatus: 'PENDING_ACTIVATION',
        awsAccountId: accountId,
        certificateRegistrationTimestamp: null,
      },
    ])
  })

  it('announces again at each connection, with the time of registration as text', async () => {
    const ca = await registerCa(fleet)
    const device = ca.issue()
    const registeredAt = fleet.clock.now.getTime()
    await connect(fleet, device)
    fleet.clock.now = new Date(registeredAt + 5000)
    await connect(fleet, device)
    expect(payloads()[1]).toMatchObject({
      timestamp: registeredAt + 5000,
      certificateRegistrationTimestamp: String(registeredAt),
    })
    expect(codes()).toEqual(['certificate-registered', 'registration-announced', 'registration-announced'])
  })

  it('registers 100 devices that come at once, each once, and announces each', async () => {
    const ca = await registerCa(fleet)
    const devices = Array.from({ length: 100 }, () => ca.issue())
    const ids = devices.map(({ certificateId }) => certificateId)
    await Promise.all([...devices, ...devices].map((device) => connect(fleet, device)))
    const rows = await fleet.store.read.selectFrom('certificates').select('certificate_id').execute()
    expect(rows.map((row) => row.certificate_id).toSorted()).toEqual(ids.toSorted())
    expect(codes().filter((code) => code === 'certificate-registered')).toHaveLength(100)
    expect(new Set(payloads().map(({ certificateId }) => certificateId))).toEqual(new Set(ids))
  })

  it('accepts once the certificate is ACTIVE', async () => {
    const ca = await registerCa(fleet)
    const device = ca.issue()
    await connect(fleet, device)
    await fleet.certificates.UpdateCertificate(
      { certificateId: device.certificateId, newStatus: 'ACTIVE' },
      fleet.context,
    )
    expect(await connect(fleet, device)).toMatchObject({ action: 'accept' })
  })

  it('holds the first connection until a rule has activated the certificate, where the CA asks for it', async () => {
    const ca = await registerCa(fleet, { firstConnection: 'hold' })
    const device = ca.issue()
    fleet.fabric.subscribe(accountId, '$aws/events/#', () => {
      const change = { certificateId: device.certificateId, newStatus: 'ACTIVE' as const }
      void fleet.certificates.UpdateCertificate(change, fleet.context)
    })
    expect(await connect(fleet, device)).toMatchObject({
      action: 'accept',
      certificate: { status: 'ACTIVE' },
    })
  })

  it('goes on holding while other things about the certificate change', async () => {
    const ca = await registerCa(fleet, { firstConnection: 'hold' })
    const device = ca.issue()
    const { certificateId } = device
    fleet.fabric.subscribe(accountId, '$aws/events/#', () => {
      const activate = async () => {
        await fleet.fabric.announce({ accountId, kind: 'certificate', id: certificateId })
        await fleet.certificates.UpdateCertificate({ certificateId, newStatus: 'ACTIVE' }, fleet.context)
      }
      void activate()
    })
    expect(await connect(fleet, device)).toMatchObject({ action: 'accept' })
  })

  it('closes a held connection that nobody decides about in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const ca = await registerCa(fleet, { firstConnection: 'hold' })
    const announced = Promise.withResolvers<undefined>()
    fleet.fabric.subscribe(accountId, '$aws/events/#', () => announced.resolve(undefined))
    const connected = connect(fleet, ca.issue())
    await announced.promise
    vi.advanceTimersByTime(defaultAdmissionLimits.firstConnectionHoldMs)
    expect(await connected).toMatchObject({ action: 'close', code: 'registration-announced' })
    vi.useRealTimers()
  })

  it('announces a first HTTPS request without a client id', async () => {
    const ca = await registerCa(fleet)
    const certificate = ca.issue()
    const { certificateId } = certificate
    const request = { accountId, certificate, sourceIp: '192.0.2.7', protocol: 'http' } as const
    const closed = { action: 'close', code: 'registration-announced', certificateId }
    expect(await fleet.onboarding.admit(request)).toEqual(closed)
    expect(await fleet.onboarding.admit(request)).toEqual(closed)
    expect(fleet.events.map(({ publisher }) => publisher)).toEqual(
      Array(2).fill({ principal: certificateId, sourceIp: '192.0.2.7' }),
    )
  })

  it('ends a held connection when a rule revokes the certificate', async () => {
    const ca = await registerCa(fleet, { firstConnection: 'hold' })
    const device = ca.issue()
    fleet.fabric.subscribe(accountId, '$aws/events/#', () => {
      const change = { certificateId: device.certificateId, newStatus: 'REVOKED' as const }
      void fleet.certificates.UpdateCertificate(change, fleet.context)
    })
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'certificate-revoked' })
  })
})
