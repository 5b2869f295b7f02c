import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  accountId,
  connect,
  openFleet,
  region,
  registerCa,
  registerJitpCa,
  templateOf,
  type Fleet,
  type RegisteredCa,
} from '../../../test/helpers/fleet.ts'
import { makeCa, type TestCertificate } from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import {
  deleteCertificate,
  findCertificate,
  findDeviceCount,
  getCaCertificate,
} from '../../pki/certificates/index.ts'
import { allThingsOfPrincipal, attachThingPrincipal, createThing } from '../../registry/things/index.ts'
import { attachedPolicyNames } from '../../rights/iot-policies/index.ts'
import { renew, retireReplaced, type RenewDeps } from '../renewals/index.ts'

let fleet: Fleet
let ca: RegisteredCa
let lamp: TestCertificate
beforeEach(async () => {
  fleet = await openFleet()
})
afterEach(() => fleet[Symbol.asyncDispose]())

const day = 86_400_000
const codes = () => fleet.entries.splice(0).map(({ code }) => code)
const stored = (certificateId: string) => findCertificate(fleet.store.read, accountId, certificateId)
const arnOf = ({ certificateId }: TestCertificate) =>
  `arn:aws:iot:${region}:${accountId}:cert/${certificateId}`
const things = async (device: TestCertificate) =>
  (await allThingsOfPrincipal(fleet.store.read, accountId, arnOf(device))).map(({ thingName }) => thingName)
const policies = (device: TestCertificate) => attachedPolicyNames(fleet.store.read, accountId, arnOf(device))
const rehearse = (device: TestCertificate) =>
  fleet.onboarding.rehearse({ accountId, leaf: parseCertificate(device.der), sourceIp: '192.0.2.7' })
const record = (entry: (typeof fleet.entries)[number]) => void fleet.entries.push(entry)
const retire = () => retireReplaced({ ...fleet, record })
const setStatus = (device: TestCertificate, newStatus: 'INACTIVE' | 'REVOKED') =>
  fleet.certificates.UpdateCertificate({ certificateId: device.certificateId, newStatus }, fleet.context)

/** A CA with a template, and a device of it that is connected. */
async function open(tags: Record<string, string>): Promise<void> {
  ca = await registerJitpCa(fleet, templateOf(), { tags })
  lamp = ca.issue({ subject: 'CN=lamp-1' })
  expect(await connect(fleet, lamp)).toMatchObject({ action: 'accept' })
  codes()
}

/** Of a CA that has no template, and so provisions nothing. */
const registerNext = (tags: Record<string, string>) => registerCa(fleet, { subject: 'CN=Next CA', tags })

async function expectRenewed(device: TestCertificate, by: string): Promise<void> {
  const before = await stored(device.certificateId)
  expect(before).toBeUndefined()
  expect(await rehearse(device)).toMatchObject({
    action: 'accept',
    code: 'connected',
    clientId: 'lamp-1',
    details: { predecessor: lamp.certificateId, knownBy: by },
  })
  expect(await connect(fleet, device)).toMatchObject({ action: 'accept', certificate: { status: 'ACTIVE' } })
  expect(fleet.entries).toMatchObject([
    {
      code: 'certificate-renewed',
      thingName: 'lamp-1',
      certificateId: device.certificateId,
      details: { predecessor: lamp.certificateId, knownBy: by },
    },
  ])
  expect(await things(device)).toEqual(['lamp-1'])
  expect(await policies(device)).toEqual(await policies(lamp))
}

async function expectRefused(device: TestCertificate, code: string): Promise<void> {
  expect(await rehearse(device)).toMatchObject({
    action: 'close',
    code,
    details: { predecessor: lamp.certificateId },
  })
  expect(await connect(fleet, device)).toMatchObject({ action: 'close', code })
  expect(fleet.entries).toMatchObject([{ code, details: { predecessor: lamp.certificateId } }])
  expect(await stored(device.certificateId)).toBeUndefined()
}

describe('a known device with a new certificate is the same device', () => {
  it('by its key', async () => {
    await open({ 'muster:identity': 'key' })
    await expectRenewed(ca.issue({ subject: 'CN=anything', key: lamp.key }), 'key')
    expect(fleet.events.length).toBe(1) // of the first
  })

  it('by its key under a new CA, which has no template', async () => {
    await open({})
    const next = await registerNext({ 'muster:identity': 'key' })
    await expectRenewed(next.issue({ subject: 'CN=lamp-1', key: lamp.key }), 'key')
  })

  it('is left to be judged again when its device got another thing once its works were named', async () => {
    await open({ 'muster:identity': 'key' })
    const { store } = fleet
    const next = parseCertificate(ca.issue({ subject: 'CN=lamp-1', key: lamp.key }).der)
    const known = {
      leaf: next,
      ca: await getCaCertificate(store.read, accountId, ca.caId),
      predecessor: (await stored(lamp.certificateId))!,
    }
    const transact: RenewDeps['transact'] = async (work, apart) => {
      expect(apart).toHaveLength(3) // both certificates, and the thing
      await store.transact(async (db) => {
        await createThing(db, { accountId, thingName: 'shade', attributes: {}, now: fleet.now() })
        const attached = { thingName: 'shade', thingPrincipalType: 'NON_EXCLUSIVE_THING' as const }
        await attachThingPrincipal(db, { accountId, ...attached, principal: arnOf(lamp) })
      })
      return store.transact(work)
    }
    expect(await renew({ ...fleet, overlapMs: day, transact }, known)).toBeUndefined()
    expect(await stored(next.certificateId)).toBeUndefined()
  })

  it('by its name', async () => {
    await open({ 'muster:identity': 'common-name' })
    await expectRenewed(ca.issue({ subject: 'CN=lamp-1' }), 'common-name')
  })

  it('by its key where names count too', async () => {
    await open({ 'muster:identity': 'common-name' })
    await expectRenewed(ca.issue({ subject: 'CN=lamp-one', key: lamp.key }), 'key')
  })

  it('by its name under the CA that succeeds its own', async () => {
    await open({})
    const next = await registerNext({ 'muster:identity': 'common-name', 'muster:succeeds': ca.caId })
    await expectRenewed(next.issue({ subject: 'CN=lamp-1' }), 'common-name')
  })

  it('and takes no further place, and is asked for no approval', async () => {
    const limited = { 'muster:max-devices': '1', 'muster:identity': 'key' }
    await open(limited)
    const resourceArn = `arn:aws:iot:${region}:${accountId}:cacert/${ca.caId}`
    const value = {
      account_id: accountId,
      resource_arn: resourceArn,
      key: 'muster:first-connection',
      value: 'approve',
    }
    await fleet.store.transact((db) => db.insertInto('tags').values(value).execute())
    await fleet.fabric.announce({ accountId, kind: 'ca-certificate', id: ca.caId })
    await expectRenewed(ca.issue({ subject: 'CN=lamp-1', key: lamp.key }), 'key')
    const count = () => findDeviceCount(fleet.store.read, { accountId, caCertificateId: ca.caId })
    expect(await count()).toBe(1)
    const old = await stored(lamp.certificateId)
    await fleet.store.transact((db) => deleteCertificate(db, old!))
    expect(await count()).toBe(1)
  })

  it('as often as it comes with another', async () => {
    await open({ 'muster:identity': 'key' })
    const [second, third] = [1, 2].map(() => ca.issue({ subject: 'CN=lamp-1', key: lamp.key }))
    await connect(fleet, second!)
    await connect(fleet, third!)
    expect(fleet.entries.map(({ details }) => details?.['predecessor'])).toEqual([
      lamp.certificateId,
      second!.certificateId,
    ])
    expect(await things(third!)).toEqual(['lamp-1'])
  })

  it('once, when it comes with two at the same time: each takes the place of the one before', async () => {
    await open({ 'muster:identity': 'key' })
    const devices = [1, 2].map(() => ca.issue({ subject: 'CN=lamp-1', key: lamp.key }))
    await Promise.all(devices.map((device) => connect(fleet, device)))
    const predecessors = fleet.entries.map(({ details }) => details?.['predecessor'])
    expect(new Set(predecessors).size).toBe(2)
    expect(predecessors).toContain(lamp.certificateId)
    expect(codes()).toEqual(['certificate-renewed', 'certificate-renewed'])
  })
})

describe('a new certificate is refused', () => {
  it('with the name of a known device and another key, where keys count', async () => {
    await open({ 'muster:identity': 'key' })
    await expectRefused(ca.issue({ subject: 'CN=lamp-1' }), 'renewal-key-changed')
  })

  it.each(['INACTIVE', 'REVOKED'] as const)('for a device that was set to %s', async (status) => {
    await open({ 'muster:identity': 'common-name' })
    await setStatus(lamp, status)
    await expectRefused(ca.issue({ subject: 'CN=lamp-1' }), 'renewal-predecessor-closed')
  })

  it('for the key of a device that was shut out, under a new name', async () => {
    await open({ 'muster:identity': 'key' })
    await setStatus(lamp, 'REVOKED')
    await expectRefused(ca.issue({ subject: 'CN=lamp-2', key: lamp.key }), 'renewal-predecessor-closed')
  })

  it('by a CA that is INACTIVE, whatever the key', async () => {
    await open({ 'muster:identity': 'key' })
    const { certificateId, newStatus } = { certificateId: ca.caId, newStatus: 'INACTIVE' as const }
    await fleet.cas.UpdateCACertificate({ certificateId, newStatus }, fleet.context)
    const device = ca.issue({ subject: 'CN=lamp-1', key: lamp.key })
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'ca-inactive' })
  })

  it('by a CA that is not registered, whatever the key', async () => {
    await open({ 'muster:identity': 'key' })
    const device = makeCa({ subject: 'CN=Stranger' }).issue({ subject: 'CN=lamp-1', key: lamp.key })
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'ca-unknown' })
  })
})

describe('a certificate is one of a new device, as with AWS', () => {
  it.each([
    ['without the tag', {}],
    ['with muster:identity=certificate', { 'muster:identity': 'certificate' }],
  ])('%s, whatever its key and name', async (_, tags) => {
    await open(tags as Record<string, string>)
    const device = ca.issue({ subject: 'CN=lamp-1', key: lamp.key })
    await connect(fleet, device)
    expect(codes()).toEqual(['certificate-registered', 'provisioned'])
    expect((await stored(lamp.certificateId))?.replacedBy).toBeUndefined()
  })

  it('when another CA has issued it that is not tagged', async () => {
    await open({ 'muster:identity': 'key' })
    const next = await registerNext({})
    await connect(fleet, next.issue({ subject: 'CN=lamp-1', key: lamp.key }))
    expect(codes()).toEqual(['certificate-registered', 'registration-announced'])
  })

  it.each([{}, { 'muster:succeeds': 'f'.repeat(64) }])(
    'when another CA, which does not succeed its own, says its name: %j',
    async (tags) => {
      await open({ 'muster:identity': 'common-name' })
      const next = await registerNext({ 'muster:identity': 'common-name', ...tags })
      await connect(fleet, next.issue({ subject: 'CN=lamp-1' }))
      expect(codes()).toEqual(['certificate-registered', 'registration-announced'])
      expect(await things(lamp)).toEqual(['lamp-1'])
    },
  )

  it('when its name is written otherwise', async () => {
    await open({ 'muster:identity': 'common-name' })
    await connect(fleet, ca.issue({ subject: 'CN=LAMP-1' }))
    expect(codes()).toContain('provisioned')
    expect(await things(lamp)).toEqual(['lamp-1'])
  })

  it('when it has no name', async () => {
    await open({ 'muster:identity': 'common-name' })
    await connect(fleet, ca.issue({ subject: 'O=Acme' }))
    expect(codes()).not.toContain('certificate-renewed')
  })

  it('when nobody has decided about the one with its key', async () => {
    const next = await registerNext({ 'muster:identity': 'key' })
    const first = next.issue({ subject: 'CN=lamp-1' })
    await connect(fleet, first)
    codes()
    await connect(fleet, next.issue({ subject: 'CN=lamp-1', key: first.key }))
    expect(codes()).toEqual(['certificate-registered', 'registration-announced'])
  })
})

describe('the certificate of before', () => {
  it('is good for a day, then INACTIVE with nothing attached, and is retired once', async () => {
    await open({ 'muster:identity': 'key' })
    const start = fleet.clock.now
    await connect(fleet, ca.issue({ subject: 'CN=lamp-1', key: lamp.key }))
    codes()
    fleet.clock.now = new Date(start.getTime() + day - 1)
    await retire()
    expect(await connect(fleet, lamp)).toMatchObject({ action: 'accept' })
    expect(await things(lamp)).toEqual(['lamp-1'])
    fleet.clock.now = new Date(start.getTime() + day + 1)
    await retire()
    await retire()
    expect(codes()).toEqual(['certificate-retired'])
    expect(await stored(lamp.certificateId)).toMatchObject({ status: 'INACTIVE' })
    expect([await things(lamp), await policies(lamp)]).toEqual([[], []])
    expect(await connect(fleet, lamp)).toMatchObject({ action: 'close', code: 'certificate-inactive' })
  })

  it('stays REVOKED where somebody has revoked it meanwhile', async () => {
    await open({ 'muster:identity': 'key' })
    await connect(fleet, ca.issue({ subject: 'CN=lamp-1', key: lamp.key }))
    await setStatus(lamp, 'REVOKED')
    fleet.clock.now = new Date(fleet.clock.now.getTime() + 2 * day)
    await retire()
    expect(await stored(lamp.certificateId)).toMatchObject({ status: 'REVOKED' })
  })

  it('that is used again after all lets no third in its place', async () => {
    await open({ 'muster:identity': 'key' })
    const second = ca.issue({ subject: 'CN=lamp-1', key: lamp.key })
    await connect(fleet, second)
    await setStatus(second, 'REVOKED')
    codes()
    const third = ca.issue({ subject: 'CN=lamp-1', key: lamp.key })
    expect(await connect(fleet, third)).toMatchObject({ code: 'renewal-predecessor-closed' })
  })
})
