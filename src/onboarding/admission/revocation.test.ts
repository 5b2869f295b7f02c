/** Devices whose CA has a revocation list. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestCertificate } from '../../../test/helpers/certificates.ts'
import {
  accountId,
  openFleet,
  region,
  registerCa,
  registerJitpCa,
  templateOf,
  type Fleet,
  type RegisteredCa,
} from '../../../test/helpers/fleet.ts'
import { makeCrl, type CrlOptions } from '../../../test/helpers/revocation-lists.ts'
import { findCertificate } from '../../pki/certificates/index.ts'
import { openOutbound } from '../../../test/helpers/outbound.ts'
import { startRevocationLists, type RevocationLists } from '../../pki/revocation-lists/index.ts'
import { setTags } from '../../registry/tags/index.ts'
import { createOnboarding, type Onboarding } from './index.ts'

const lost = 0x10_57n
const fine = 0x20_00n

let stack: AsyncDisposableStack
let fleet: Fleet
let lists: RevocationLists
let onboarding: Onboarding

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  fleet = stack.use(await openFleet())
  mkdirSync(join(fleet.directory, 'crl'))
  const { store, fabric, now } = fleet
  const record = (entry: Fleet['entries'][number]) => fleet.entries.push(entry)
  const fail = (...parts: unknown[]) => expect.fail(JSON.stringify(parts))
  const log = { error: fail, warn: () => undefined }
  const outbound = stack.use(openOutbound(''))
  lists = stack.use(
    await startRevocationLists({ store, fabric, now, record, log, outbound, dataDirectory: fleet.directory }),
  )
  onboarding = createOnboarding({ ...fleet, region, record, revocationLists: lists })
})
afterEach(() => stack.disposeAsync())

async function setList(ca: RegisteredCa, options: CrlOptions | undefined, policy = 'soft'): Promise<void> {
  const name = `${ca.caId}.crl`
  if (options) writeFileSync(join(fleet.directory, 'crl', name), makeCrl(ca, options))
  const arn = `arn:aws:iot:${region}:${accountId}:cacert/${ca.caId}`
  const tags = [
    { Key: 'muster:crl', Value: name },
    { Key: 'muster:crl-policy', Value: policy },
  ]
  await fleet.store.transact((db) => setTags(db, accountId, arn, tags))
  await fleet.fabric.announce({ accountId, kind: 'ca-certificate', id: ca.caId })
  await lists.refresh({ accountId, caCertificateId: ca.caId })
}

const connect = (certificate: TestCertificate) => {
  const request = { accountId, certificate, clientId: 'client-1', sourceIp: '192.0.2.7' }
  return onboarding.admit({ ...request, protocol: 'mqtt' })
}
const statusOf = async ({ certificateId }: TestCertificate) =>
  (await findCertificate(fleet.store.read, accountId, certificateId))?.status
const setStatus = ({ certificateId }: TestCertificate, newStatus: 'ACTIVE' | 'INACTIVE') =>
  fleet.certificates.UpdateCertificate({ certificateId, newStatus }, fleet.context)
const refused = (code: string) => expect.objectContaining({ action: 'close', code }) as unknown
const accepted = expect.objectContaining({ action: 'accept' }) as unknown

describe.each([
  ['JITP', () => registerJitpCa(fleet), 'accept'],
  ['JITR', () => registerCa(fleet), 'close'],
] as const)('with %s', (_, register, firstAction) => {
  it('a device that was revoked before it ever came is not registered', async () => {
    const ca = await register()
    await setList(ca, { revoked: [lost] })
    const device = ca.issue({ serialNumber: lost })
    expect(await connect(device)).toEqual(refused('revoked-by-crl'))
    expect(await statusOf(device)).toBeUndefined()
    expect(fleet.events).toEqual([])
    expect(fleet.entries.at(-1)).toMatchObject({
      code: 'revoked-by-crl',
      certificateId: device.certificateId,
      details: { ca: ca.caId },
    })
  })

  it('a device that is not on the list goes on as without one', async () => {
    const ca = await register()
    await setList(ca, { revoked: [lost] })
    const device = ca.issue({ serialNumber: fine })
    expect((await connect(device)).action).toBe(firstAction)
    expect(await statusOf(device)).toBeDefined()
  })

  it('a device of a CA whose list is missing is refused under the hard policy alone', async () => {
    const ca = await register()
    const device = ca.issue()
    await setList(ca, undefined, 'hard')
    expect(await connect(device)).toEqual(refused('revocation-unknown'))
    expect(await statusOf(device)).toBeUndefined()
    await setList(ca, undefined, 'soft')
    expect((await connect(device)).action).toBe(firstAction)
  })
})

it('refuses a device that waits for a decision', async () => {
  const ca = await registerCa(fleet)
  const device = ca.issue({ serialNumber: lost })
  await connect(device)
  expect(await statusOf(device)).toBe('PENDING_ACTIVATION')
  await setList(ca, { revoked: [lost] })
  const events = fleet.events.length
  expect(await connect(device)).toEqual(refused('revoked-by-crl'))
  expect(fleet.events).toHaveLength(events)
  expect(await statusOf(device)).toBe('PENDING_ACTIVATION')
})

it('refuses a device that is ACTIVE, until the list lets it go', async () => {
  const ca = await registerJitpCa(fleet)
  const device = ca.issue({ serialNumber: lost })
  expect(await connect(device)).toEqual(accepted)
  await setList(ca, { revoked: [{ serialNumber: lost, reason: 6 }] })
  expect(await connect(device)).toEqual(refused('revoked-by-crl'))
  expect(await statusOf(device)).toBe('ACTIVE')
  await setList(ca, { number: 2n, revoked: [] })
  expect(await connect(device)).toEqual(accepted)
})

it('keeps a device that is ACTIVE out while the list has expired and the policy is hard', async () => {
  const ca = await registerJitpCa(fleet)
  const device = ca.issue()
  await connect(device)
  const minute = 60_000
  await setList(ca, { nextUpdate: new Date(fleet.clock.now.getTime() + minute) }, 'hard')
  expect(await connect(device)).toEqual(accepted)
  fleet.clock.now = new Date(fleet.clock.now.getTime() + 2 * minute)
  expect(await connect(device)).toEqual(refused('revocation-unknown'))
})

it('says what is known of a device before it looks at a list', async () => {
  const ca = await registerJitpCa(fleet)
  const device = ca.issue({ serialNumber: lost })
  await connect(device)
  await setList(ca, { revoked: [lost] })
  await setStatus(device, 'INACTIVE')
  expect(await connect(device)).toEqual(refused('certificate-inactive'))
})

it('does not ask the list of a CA about certificates of another one', async () => {
  const [ca, other] = [await registerCa(fleet), await registerJitpCa(fleet, templateOf())]
  await setList(ca, { revoked: [lost] })
  expect(await connect(other.issue({ serialNumber: lost }))).toEqual(accepted)
})

it('refuses a held connection whose certificate is revoked while it waits', async () => {
  const ca = await registerCa(fleet, { firstConnection: 'hold' })
  const device = ca.issue({ serialNumber: lost })
  const held = connect(device)
  await expect.poll(() => statusOf(device)).toBe('PENDING_ACTIVATION')
  await setList(ca, { revoked: [lost] })
  await setStatus(device, 'ACTIVE')
  expect(await held).toEqual(refused('revoked-by-crl'))
})
