import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  accountId,
  connect,
  openFleet,
  pseudo,
  registerCa,
  registerJitpCa,
  templateOf,
  type Fleet,
  type RegisteredCa,
} from '../../../test/helpers/fleet.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { deleteCertificate, findCertificate, findDeviceCount } from '../../pki/certificates/index.ts'
import { findThing } from '../../registry/things/index.ts'

let fleet: Fleet
beforeEach(async () => {
  fleet = await openFleet()
})
afterEach(() => fleet[Symbol.asyncDispose]())

const codes = () => fleet.entries.splice(0).map(({ code }) => code)
const stored = (certificateId: string) => findCertificate(fleet.store.read, accountId, certificateId)
const writeList = (text: string) => writeFile(join(fleet.directory, 'lamps.csv'), text)
const rehearse = (device: { der: Buffer }) =>
  fleet.onboarding.rehearse({ accountId, leaf: parseCertificate(device.der), sourceIp: '192.0.2.7' })
const by = { by: 'arn:aws:iam::000000000000:root', sourceIp: '192.0.2.1' }
const approve = (certificateId: string) => fleet.onboarding.approve({ accountId, certificateId, ...by })
const approveAll = (ca: RegisteredCa, nextToken?: string) =>
  fleet.onboarding.replay({
    accountId,
    caCertificateId: ca.caId,
    from: new Date(0),
    to: new Date(Date.now() + 1000),
    nextToken,
    isApproval: true,
    ...by,
  })

/** Both ways in: a template decides, or a rule. */
const ways = [
  ['JITP', (tags: Record<string, string>) => registerJitpCa(fleet, templateOf(), { tags })],
  ['JITR', (tags: Record<string, string>) => registerCa(fleet, { tags })],
] as const
const succeeds = { JITP: 'provisioned', JITR: 'registration-announced' } as const

describe.each(ways)('an allow-list and %s', (way, register) => {
  const tags = { 'muster:allow-list': 'lamps.csv' }

  it('let in what is on it', async () => {
    const ca = await register(tags)
    await writeList('common-name\nlamp-1\n')
    const device = ca.issue({ subject: 'CN=lamp-1' })
    expect((await rehearse(device)).code).toBe(way === 'JITP' ? 'connected' : 'registration-announced')
    await connect(fleet, device)
    expect(codes()).toEqual(['certificate-registered', succeeds[way]])
  })

  it('refuse what is not, say what it is, and register nothing', async () => {
    const ca = await register(tags)
    await writeList('common-name\nlamp-1\n')
    const device = ca.issue({ subject: 'CN=lamp-2' })
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'not-on-allow-list' })
    expect(fleet.entries).toMatchObject([
      {
        code: 'not-on-allow-list',
        details: {
          ca: ca.caId,
          list: 'lamps.csv',
          'common-name': 'lamp-2',
          fingerprint: device.certificateId,
        },
      },
    ])
    expect(await rehearse(device)).toMatchObject({
      action: 'close',
      code: 'not-on-allow-list',
      details: { 'common-name': 'lamp-2' },
    })
    expect(await stored(device.certificateId)).toBeUndefined()
    expect(fleet.events).toEqual([])
  })

  it('refuse everybody while the list is not there', async () => {
    const ca = await register(tags)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'allow-list-unusable' })
    expect(fleet.entries[0]?.details).toMatchObject({
      error: 'cannot be read: ENOENT for the file lamps.csv',
    })
    expect(await stored(device.certificateId)).toBeUndefined()
  })

  it('refuse a device that waits once it is taken off the list', async () => {
    const ca = await register({ ...tags, 'muster:first-connection': 'approve' })
    await writeList('common-name\nlamp-1\n')
    const device = ca.issue({ subject: 'CN=lamp-1' })
    await connect(fleet, device)
    await writeList('common-name\nlamp-2\n')
    expect(await approve(device.certificateId)).toMatchObject({
      code: 'not-on-allow-list',
      status: 'PENDING_ACTIVATION',
    })
  })
})

describe('an allow-list', () => {
  it('feeds the parameters of a template, which has a default for what the list leaves out', async () => {
    const parameters = {
      [pseudo('CommonName')]: {},
      [pseudo('Id')]: {},
      Room: { Default: 'attic' },
      Name: { Default: 'none' },
    }
    const template = JSON.parse(
      templateOf({ thing: { ThingName: { Ref: 'Name' }, AttributePayload: { room: { Ref: 'Room' } } } }),
    ) as { Parameters: object }
    template.Parameters = Object.fromEntries(
      Object.entries(parameters).map(([name, more]) => [name, { Type: 'String', ...more }]),
    )
    const ca = await registerJitpCa(fleet, JSON.stringify(template), {
      tags: { 'muster:allow-list': 'lamps.csv' },
    })
    await writeList('common-name,Name,Room\na,first,kitchen\nb,second,\n')
    for (const subject of ['CN=a', 'CN=b']) {
      const device = ca.issue({ subject })
      expect((await rehearse(device)).clientId).toBe(subject === 'CN=a' ? 'first' : 'second')
      await connect(fleet, device)
    }
    const thing = (name: string) => findThing(fleet.store.read, accountId, name)
    expect((await thing('first'))?.attributes).toEqual({ room: 'kitchen' })
    expect((await thing('second'))?.attributes).toEqual({ room: 'attic' })
  })
})

describe.each(ways)('a limit of devices and %s', (way, register) => {
  it('lets so many in, refuses the next, and lets one in again once another is deleted', async () => {
    const ca = await register({ 'muster:max-devices': '2' })
    const [first, second, third] = [1, 2, 3].map((at) => ca.issue({ subject: `CN=lamp-${at}` }))
    await connect(fleet, first!)
    await connect(fleet, second!)
    await connect(fleet, second!)
    expect(codes()).not.toContain('device-limit')
    expect((await rehearse(third!)).code).toBe('device-limit')
    expect(await connect(fleet, third!)).toMatchObject({ action: 'close', code: 'device-limit' })
    expect(fleet.entries).toMatchObject([{ code: 'device-limit', details: { ca: ca.caId, limit: 2 } }])
    expect(await stored(third!.certificateId)).toBeUndefined()
    const gone = await stored(first!.certificateId)
    await fleet.store.transact((db) => deleteCertificate(db, gone!))
    codes()
    await connect(fleet, third!)
    expect(codes()).toContain(succeeds[way])
  })

  it('lets no more in when they come at the same time', async () => {
    const ca = await register({ 'muster:max-devices': '3' })
    const devices = Array.from({ length: 8 }, (_, at) => ca.issue({ subject: `CN=lamp-${at}` }))
    await Promise.all(devices.map((device) => connect(fleet, device)))
    expect(codes().filter((code) => code === succeeds[way]).length).toBe(3)
    const counted = { accountId, caCertificateId: ca.caId }
    expect(await findDeviceCount(fleet.store.read, counted)).toBe(3)
  })

  it('of none lets nobody in', async () => {
    const ca = await register({ 'muster:max-devices': '0' })
    await connect(fleet, ca.issue())
    expect(codes()).toEqual(['device-limit'])
  })
})

describe.each(ways)('approval by hand and %s', (way, register) => {
  const tags = { 'muster:first-connection': 'approve' }

  it('keep a device waiting, announce nothing, and let it in once a person says yes', async () => {
    const ca = await register(tags)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    expect((await rehearse(device)).code).toBe('approval-awaited')
    for (const expected of [['certificate-registered', 'approval-awaited'], ['approval-awaited']]) {
      expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'approval-awaited' })
      expect(codes()).toEqual(expected)
    }
    expect(await stored(device.certificateId)).toMatchObject({
      status: 'PENDING_ACTIVATION',
      pendingReason: `waits for approval: muster approve ${device.certificateId}`,
    })
    expect(fleet.events).toEqual([])
    const status = way === 'JITP' ? 'ACTIVE' : 'PENDING_ACTIVATION'
    expect(await approve(device.certificateId)).toEqual({
      certificateId: device.certificateId,
      code: succeeds[way],
      status,
    })
    expect(fleet.entries).toMatchObject([
      { code: 'approved', details: { by: by.by } },
      { code: succeeds[way] },
    ])
    expect(fleet.events.length).toBe(1)
    codes()
    await connect(fleet, device)
    expect(codes()).not.toContain('approval-awaited')
  })

  it('let all of a CA in that wait, and nobody of another CA', async () => {
    const [ca, other] = [await register(tags), await registerCa(fleet, { tags })]
    const devices = [1, 2].map((at) => ca.issue({ subject: `CN=lamp-${at}` }))
    const stranger = other.issue({ subject: 'CN=stranger' })
    for (const device of [...devices, stranger]) await connect(fleet, device)
    const { retried } = await approveAll(ca)
    expect(retried.map(({ code }) => code)).toEqual([succeeds[way], succeeds[way]])
    codes()
    await connect(fleet, stranger)
    expect(codes()).toEqual(['approval-awaited'])
  })

  it('let a device in that comes while it is approved', async () => {
    const ca = await register(tags)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    await connect(fleet, device)
    const [approved] = await Promise.all([approve(device.certificateId), connect(fleet, device)])
    expect(approved.code).toBe(succeeds[way])
  })
})

describe('an approval is refused', () => {
  it('for a certificate that there is not', async () => {
    await expect(approve('f'.repeat(64))).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })

  it('for all of a CA that there is not', async () => {
    const absent = { ...(await registerCa(fleet)), caId: 'f'.repeat(64) }
    await expect(approveAll(absent)).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })

  it('when the CA asks for none', async () => {
    const ca = await registerCa(fleet)
    const device = ca.issue()
    await connect(fleet, device)
    const refused = expect.objectContaining({
      code: 'InvalidRequestException',
      message: expect.stringContaining('muster:first-connection=approve'),
    })
    await expect(approve(device.certificateId)).rejects.toEqual(refused)
    await expect(approveAll(ca)).rejects.toEqual(refused)
  })

  it('once the certificate is decided about', async () => {
    const ca = await registerCa(fleet, { firstConnection: 'approve' })
    const device = ca.issue()
    const { certificateId } = device
    await connect(fleet, device)
    await fleet.certificates.UpdateCertificate({ certificateId, newStatus: 'INACTIVE' }, fleet.context)
    await expect(approve(certificateId)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    expect((await approveAll(ca)).retried).toEqual([])
    expect(await connect(fleet, device)).toMatchObject({ code: 'certificate-inactive' })
  })
})
