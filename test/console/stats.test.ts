/** Counters for the console, without Prometheus. */
import { expect, it } from 'vitest'
import { makeCa } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import { startTestServer } from '../helpers/server.ts'
import { Visitor } from './visitor.ts'

it('count a device as soon as it was refused', async () => {
  await using server = await startTestServer()
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(server.rootKey)
  const { certificateId: _, ...stranger } = makeCa().issue({ subject: 'CN=stranger' })
  await expect(connectDevice(server, stranger)).rejects.toThrow('closed')
  const { body } = await visitor.call({ path: '/muster/v1/stats' })
  expect(body).toMatchObject({ recent: { 'ca-unknown': 1 }, day: { 'ca-unknown': 1 }, cas: [] })
})

it('are for those who may see them', async () => {
  await using server = await startTestServer()
  const visitor = new Visitor(server.endpoints.apiUrl)
  expect((await visitor.call({ path: '/muster/v1/stats' })).status).toBe(403)
})
