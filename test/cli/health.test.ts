import { spawnSync } from 'node:child_process'
import { CreateThingCommand, DescribeThingCommand } from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import { makeCa } from '../helpers/certificates.ts'
import { connectDevice, listen } from '../helpers/device.ts'
import { lacks } from '../helpers/programs.ts'
import { startTestServer } from '../helpers/server.ts'

it('serves health and metrics without a signature, and counts decisions by reason code', async () => {
  await using server = await startTestServer()
  const { apiUrl } = server.endpoints
  for (const path of ['health', 'livez'])
    expect(await (await fetch(`${apiUrl}/${path}`)).json()).toEqual({ status: 'ok' })
  const ready = await fetch(`${apiUrl}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { isReady: true, checks: { ports: 'ok', database: 'ok', disk: 'ok', clock: 'ok' } },
  ])
  await expect(connectDevice(server, makeCa().issue())).rejects.toThrow('closed')
  const metrics = await (await fetch(`${apiUrl}/metrics`)).text()
  expect(metrics).toContain('muster_journal_entries_total{code="ca-unknown"} 1')
  expect(metrics).toMatch(/^muster_device_connections \d+$/m)
})

it('counts and times what it does', async () => {
  await using server = await startTestServer()
  const { iot } = server
  await iot.send(new CreateThingCommand({ thingName: 'lamp' }))
  await expect(iot.send(new DescribeThingCommand({ thingName: 'lamp-2' }))).rejects.toThrow('lamp-2')
  await using device = await listen(server, 'lamps/1', 'lamp')
  await device.client.publishAsync('lamps/1', 'on', { qos: 1 })
  await device.atLeast(1)
  const metrics = await (await fetch(`${server.endpoints.apiUrl}/metrics`)).text()
  for (const line of [
    'muster_api_calls_total{service="iot",operation="CreateThing",status="200"} 1',
    'muster_api_calls_total{service="iot",operation="DescribeThing",status="404"} 1',
    'muster_connect_duration_seconds_count 1',
    'muster_mqtt_messages_received_total 1',
    'muster_publish_duration_seconds_count 1',
    'muster_expiry_notices_total{kind="certificate",days="30"} 0',
    'muster_mqtt_messages_sent_total 1',
  ])
    expect(metrics).toContain(`${line}\n`)
  for (const family of [
    'muster_commit_duration_seconds_count',
    'muster_mqtt_received_bytes_total',
    'muster_mqtt_sent_bytes_total',
  ])
    expect(metrics).toMatch(new RegExp(`^${family} [1-9]\\d*$`, 'm'))
})

it.skipIf(lacks('promtool'))('serves metrics that Prometheus finds nothing to say about', async () => {
  await using server = await startTestServer()
  await expect(connectDevice(server, makeCa().issue())).rejects.toThrow('closed')
  const input = await (await fetch(`${server.endpoints.apiUrl}/metrics`)).text()
  expect(input).toMatch(/^muster_build_info\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+"\} 1$/m)
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
})

it.each(['/muster/v1/journal', '/muster/v1/explain?subject=x', '/things', '/'])(
  'serves %s to nobody without a signature',
  async (path) => {
    await using server = await startTestServer()
    const response = await fetch(`${server.endpoints.apiUrl}${path}`)
    expect(response.status).toBe(403)
  },
)

it('refuses a link of confirmation whose token nobody was sent', async () => {
  await using server = await startTestServer()
  const response = await fetch(`${server.endpoints.apiUrl}/confirmdestination/${'x'.repeat(40)}`)
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('the confirmation token is not valid')
})
