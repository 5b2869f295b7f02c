/** The console over TLS, in a browser. */
import { expect, it } from 'vitest'
import { startTestServer } from '../../helpers/server.ts'
import { openVisit, sharedBrowser, signInByLink } from './browser.ts'

it('is signed in to over TLS with a cookie that goes over nothing else, and shows the live feed', async () => {
  await using server = await startTestServer({ apiTls: 'muster' })
  await using visit = await openVisit(await sharedBrowser(), server)
  const { page, context } = visit
  page.setDefaultTimeout(60_000)
  await signInByLink(visit, server)
  expect(page.url()).toMatch(/^https:/)
  await page.getByText('Following').waitFor()
  await page.getByRole('link', { name: 'MQTT test client' }).click()
  await page.getByText('Connected', { exact: true }).waitFor()
  await visit.open('/connections')
  await page.getByRole('link', { name: /^iotconsole-/ }).waitFor({ state: 'detached' }) // with the page it was of
  await page.getByRole('link', { name: 'Things', exact: true }).click()
  await page.getByRole('heading', { name: 'Things' }).waitFor()
  expect(await context.cookies()).toEqual([
    expect.objectContaining({ name: '__Host-muster', secure: true, httpOnly: true, sameSite: 'Strict' }),
  ])
  expect(visit.faults).toEqual([])
})
