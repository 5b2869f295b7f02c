/** `GET /muster/v1/certificates`: by what a person has of them, and those that wait. */
import { RegisterCertificateWithoutCACommand } from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import { makeCa } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import { registerCa } from '../helpers/jitp.ts'
import type { TestServer } from '../helpers/server.ts'
import { visitServer } from './visit-server.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
let visitor: Visitor
visitServer((here) => {
  ;({ server, visitor } = here)
})

const ask = async (query: string) => {
  const { status, body } = await visitor.call({ path: `/muster/v1/certificates?${query}` })
  return { status, body, certificates: (body['certificates'] ?? []) as { certificateId: string }[] }
}

it('finds a certificate that was registered by its CN, its id, and its serial number', async () => {
  const { certificatePem, certificateId } = makeCa().issue({ subject: 'CN=Meter 7' })
  await server.iot.send(new RegisterCertificateWithoutCACommand({ certificatePem, status: 'ACTIVE' }))
  const [found] = (await ask('text=meter%20')).certificates as { serialNumber?: string }[]
  expect(found).toMatchObject({ certificateId, status: 'ACTIVE', subject: 'CN=Meter 7' })
  for (const text of [certificateId.slice(0, 8), String(found?.serialNumber), 'METER 7'])
    expect((await ask(`text=${encodeURIComponent(text)}`)).certificates).toMatchObject([{ certificateId }])
})

it('lists a device that waits as soon as it was announced', async () => {
  const ca = await registerCa(server, { allowAutoRegistration: true })
  const { certificateId, ...device } = ca.issue({ subject: 'CN=waiter' })
  await connectDevice(server, device).catch(() => {})
  expect((await ask('status=PENDING_ACTIVATION')).certificates).toMatchObject([
    { certificateId, subject: 'CN=waiter', caCertificateId: ca.caCertificateId },
  ])
})

it.each([
  ['', 'expected either text or status'],
  ['text=a&status=PENDING_ACTIVATION', 'expected either text or status'],
  ['status=ACTIVE', 'status must be PENDING_ACTIVATION, got "ACTIVE"'],
  [`text=${'x'.repeat(1025)}`, 'text must have at most 1024 characters'],
  ['text=a&limit=0', 'limit must be a whole number'],
  ['status=PENDING_ACTIVATION&marker=x', 'marker'],
])('refuses "%s"', async (query, message) => {
  const { status, body } = await ask(query)
  expect([status, body['message']]).toEqual([400, expect.stringContaining(message)])
})

it('is for those who may list them', async () => {
  const stranger = new Visitor(visitor.origin)
  expect((await stranger.call({ path: '/muster/v1/certificates?text=a' })).status).toBe(403)
})
