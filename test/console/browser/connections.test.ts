/** Who is connected, and ending a connection, by the labels that a person sees. */
import { expect, it } from 'vitest'
import { closed, connectOperator } from '../../helpers/device.ts'
import { startTestServer } from '../../helpers/server.ts'
import { openVisit, sharedBrowser, signInByLink } from './browser.ts'

it('shows who is connected, what they are subscribed to, and disconnects them', async () => {
  await using server = await startTestServer()
  await using visit = await openVisit(await sharedBrowser(), server)
  const { page } = visit
  page.setDefaultTimeout(60_000)
  const hostile = '<b onclick=x>\u202E'
  const [lamp, other] = [await connectOperator(server, 'lamp-1'), await connectOperator(server, 'other')]
  await lamp.subscribeAsync(`lamps/${hostile}`)

  await signInByLink(visit, server)
  await page.getByRole('link', { name: 'Connections' }).click()
  await page.getByRole('link', { name: 'other' }).waitFor()
  await page.getByRole('button', { name: 'Subscriptions of lamp-1: 1' }).click()
  await page.getByText('lamps/<b onclick=x>\\u202e (QoS 0)').waitFor()
  await page.getByRole('button', { name: 'Close', exact: true }).click()

  await page.getByLabel('Find by how the client ID begins').fill('lamp')
  await page.getByRole('link', { name: 'other' }).waitFor({ state: 'detached' })
  await page.getByRole('checkbox', { name: 'Select lamp-1' }).check()
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: 'Disconnect' }).click()
  const ended = closed(lamp)
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
  await ended
  await page.getByText('No client ID begins so.').waitFor()
  expect(other.connected).toBe(true)
  expect(visit.faults).toEqual([])
  await other.endAsync()
})
