/** What has been decided about devices: filtered, by time, by device, as it comes. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { makeCa } from '../../helpers/certificates.ts'
import { connectDevice } from '../../helpers/device.ts'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { choose, type Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'
import { writeJournal } from './write-journal.ts'

const ca = 'c'.repeat(64)
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)

const entries = [
  { code: 'connected', at: ago(3000), clientId: 'elder', sourceIp: '192.0.2.1' },
  { code: 'ca-inactive', at: ago(300), clientId: 'pump', sourceIp: '192.0.2.2', caCertificateId: ca },
  { code: 'connected', at: ago(30), clientId: 'lamp-1', sourceIp: '192.0.2.1' },
  { code: 'connect-denied', at: ago(5), clientId: 'lamp-2', sourceIp: '192.0.2.3', details: { ca } },
  { code: 'disconnected', at: ago(4), clientId: 'lamp-1', sourceIp: '192.0.2.1' },
] as const

let server: TestServer
let visit: Visit
let page: Page

visitEachTest(
  (here) => {
    ;({ server, visit, page } = here)
  },
  {
    start: async () => startTestServer({ dataDir: await writeJournal(entries) }),
    isNowhere: true,
    timeoutMs: 20_000,
  },
)

/** The devices of the rows, the newest first. */
const devices = () =>
  page
    .locator('tbody tr')
    .filter({ has: page.getByRole('link') })
    .getByRole('link')
    .allInnerTexts()

const search = () => Object.fromEntries(new URL(page.url()).searchParams)

it.each([
  ['level=warn', ['lamp-2', 'pump']],
  ['code=connected,ca-inactive', ['lamp-1', 'pump', 'elder']],
  [`ca=${ca}`, ['lamp-2', 'pump']],
  ['address=192.0.2.1', ['lamp-1', 'lamp-1', 'elder']],
  ['range=15m&level=warn', ['lamp-2']],
  ['range=24h&code=connected', ['lamp-1']],
  ['q=pump', ['pump']],
])('the address %s is the state', async (query, names) => {
  await visit.open(`/?${query}`)
  await expect.poll(devices).toEqual(names)
})

it('is filtered by what a person chooses, which the address then says', async () => {
  await visit.open('/')
  await choose(page, 'Level', 'Refused and failed')
  await expect.poll(devices).toEqual(['lamp-2', 'pump'])
  await page.getByLabel('CA certificate ID').fill(ca)
  await choose(page, 'Time range', '1 hour')
  await expect.poll(devices).toEqual(['lamp-2'])
  expect(search()).toEqual({ level: 'warn', ca, range: '1h' })
  await choose(page, 'Time range', 'From and until')
  await page.getByLabel('From', { exact: true }).fill(ago(400).toISOString())
  await page.getByLabel('Until', { exact: true }).fill(ago(200).toISOString())
  await expect.poll(devices).toEqual(['pump'])
  await page.getByText('Of before').waitFor() // nothing will come in this time
  await page.reload()
  await expect.poll(devices).toEqual(['pump'])
})

it('says what is wrong with a time or an address', async () => {
  await visit.open('/?range=own&after=yesterday')
  const fault = () => page.locator('main').innerText()
  await expect.poll(fault).toContain('after must be a time like')
  await visit.open('/?address=localhost')
  await expect.poll(fault).toContain('address must be an IPv4 or IPv6 address')
})

it('shows of what comes only what passes', async () => {
  await visit.open('/?level=warn&address=127.0.0.1')
  await page.getByText('Following').waitFor()
  const { certificateId: _, ...stranger } = makeCa().issue({ subject: 'CN=stranger' })
  await connectDevice(server, { ...stranger, clientId: 'stranger' }).catch(() => {})
  await expect.poll(devices).toEqual(['stranger'])
})

it('groups the entries of each device', async () => {
  await visit.open('/?address=192.0.2.1')
  await expect.poll(devices).toEqual(['lamp-1', 'lamp-1', 'elder'])
  await page.getByText('Group by device').click()
  await expect.poll(devices).toEqual(['lamp-1', 'elder'])
  expect(search()).toEqual({ address: '192.0.2.1', by: 'device' })
  await page.locator('tbody').getByRole('button').first().click()
  await expect.poll(devices).toEqual(['lamp-1', 'lamp-1', 'elder'])
})
