import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  accountId,
  connect,
  openFleet,
  registerJitpCa,
  templateOf,
  type Fleet,
  type RegisteredCa,
} from '../../../test/helpers/fleet.ts'
import type { Message } from '../../fabric/in-process/index.ts'
import { tellExpiry } from './expiry.ts'

let fleet: Fleet
let ca: RegisteredCa
let events: Message[]
let start: Date
beforeEach(async () => {
  fleet = await openFleet()
  start = fleet.clock.now
  events = []
  for (const kind of ['certificates', 'cacertificates'])
    fleet.fabric.subscribe(
      accountId,
      `$aws/events/${kind}/expiring/+`,
      (message) => void events.push(message),
    )
  ca = await registerJitpCa(fleet, templateOf())
})
afterEach(() => fleet[Symbol.asyncDispose]())

const record = (entry: (typeof fleet.entries)[number]) => void fleet.entries.push(entry)
/** What is told so many days later. */
async function tellAfter(days: number) {
  fleet.clock.now = new Date(start.getTime() + days * 86_400_000)
  await tellExpiry({ ...fleet, record })
  return fleet.entries.splice(0).map(({ code, details }) => `${code} ${String(details?.['days'])}`)
}
const addDevice = async (days: number) => {
  const device = ca.issue({ subject: 'CN=lamp-1', days })
  await connect(fleet, device)
  fleet.entries.length = 0
  return device
}

describe('a device certificate that is about to expire is told of', () => {
  it('60, 30, and 7 days before, once each, by entries and events', async () => {
    const device = await addDevice(100)
    const told = []
    for (let day = 0; day <= 101; day++)
      for (const what of await tellAfter(day)) if (what.startsWith('certificate')) told.push([day, what])
    // a test certificate begins a minute before it is made, so it ends one before the hundredth day
    expect(told).toEqual([
      [40, 'certificate-expiring 60'],
      [70, 'certificate-expiring 30'],
      [93, 'certificate-expiring 7'],
    ])
    const ofDevice = events.filter(
      ({ topic }) => topic === `$aws/events/certificates/expiring/${device.certificateId}`,
    )
    expect(
      ofDevice.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as object),
    ).toMatchObject(
      [60, 30, 7].map((days) => ({
        days,
        certificateId: device.certificateId,
        caCertificateId: ca.caId,
        things: ['lamp-1'],
        awsAccountId: accountId,
      })),
    )
  })

  it('by the notice that is due now, when nobody looked for a while', async () => {
    await addDevice(100)
    expect(await tellAfter(95)).toContain('certificate-expiring 7')
    expect(await tellAfter(96)).toEqual([])
  })

  it('however many are due', async () => {
    const devices = Array.from({ length: 130 }, (_, at) => ca.issue({ subject: `CN=lamp-${at}`, days: 61 }))
    for (const device of devices) await connect(fleet, device)
    fleet.entries.length = 0
    const told = await tellAfter(2)
    expect(told.filter((what) => what === 'certificate-expiring 60').length).toBe(130)
  })
})

it('tells who counts the notices', async () => {
  const told: unknown[] = []
  fleet.clock.now = new Date(start.getTime() + 24 * 86_400_000)
  await tellExpiry({ ...fleet, record, onTold: (kind, days) => void told.push([kind, days]) })
  expect(told).toEqual([['ca', 7]])
})

it('tells that a CA is about to expire', async () => {
  expect(await tellAfter(24)).toEqual(['ca-expiring 7'])
  expect(events.map(({ topic }) => topic)).toEqual([`$aws/events/cacertificates/expiring/${ca.caId}`])
  expect(await tellAfter(25)).toEqual([])
})

describe('nothing is told', () => {
  it('of a device certificate that is INACTIVE', async () => {
    const { certificateId } = await addDevice(100)
    await fleet.certificates.UpdateCertificate({ certificateId, newStatus: 'INACTIVE' }, fleet.context)
    expect(await tellAfter(42)).not.toContain('certificate-expiring 60')
  })

  it('of a CA that is INACTIVE', async () => {
    const newStatus = 'INACTIVE'
    await fleet.cas.UpdateCACertificate({ certificateId: ca.caId, newStatus }, fleet.context)
    expect(await tellAfter(24)).toEqual([])
  })

  it('of what has expired already', async () => {
    await addDevice(100)
    expect(await tellAfter(101)).toEqual([])
  })

  it('of days that a certificate never had to live', async () => {
    await addDevice(20)
    expect(await tellAfter(0.1)).toEqual([])
    expect(await tellAfter(14)).toContain('certificate-expiring 7')
  })
})
