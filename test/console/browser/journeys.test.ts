/** What a person does in the console, by the labels that they see. */
import { CreateThingCommand } from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { expect, it } from 'vitest'
import { makeCa } from '../../helpers/certificates.ts'
import { connectDevice } from '../../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../../helpers/jitp.ts'
import { connectUntilAdmitted } from '../../helpers/jitr.ts'
import type { TestServer } from '../../helpers/server.ts'
import { picture, signInByLink, type Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit

visitEachTest(
  (here) => {
    ;({ server, visit } = here)
  },
  { isSignedIn: false },
)

// first, so that no sign-in of others stands in its picture
it('shows without being asked who waits and who is refused, and lets a device in with one button', async () => {
  const { page } = visit
  const ca = await registerCa(server, {}, { subject: 'CN=Acme devices' })
  await signInByLink(visit, server)
  await page.getByRole('link', { name: 'Live', exact: true }).click()
  await page.getByText('Following').waitFor()
  const pumps = await provisionPumps()
  const device = ca.issue({ subject: 'CN=lamp' })
  await expect(connectDevice(server, { ...device, clientId: 'lamp' })).rejects.toThrow('closed')
  await page.getByText('registration-announced').first().waitFor() // without anybody asking for it
  const { certificateId: _, ...stranger } = makeCa().issue({ subject: 'CN=stranger' })
  await expect(connectDevice(server, { ...stranger, clientId: 'stranger' })).rejects.toThrow('closed')
  await page.getByText('ca-unknown').first().waitFor()
  await picture(visit, 'console-live')
  for (const pump of pumps) await pump.endAsync()
  await page.getByRole('link', { name: 'lamp' }).first().click()
  await page.getByRole('heading', { name: 'Certificate', exact: true }).waitFor()
  await picture(visit, 'console-explain')
  await page.getByRole('button', { name: 'Activate', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click()
  await page.getByText('ACTIVE', { exact: true }).waitFor()
})

/** Two devices that a template lets in. */
async function provisionPumps(): Promise<MqttClient[]> {
  const roleArn = await createProvisioningRole(server)
  const registrationConfig = { templateBody: provisioningTemplate(), roleArn }
  const ca = await registerCa(server, { registrationConfig }, { subject: 'CN=Acme pumps' })
  const clients: MqttClient[] = []
  for (const clientId of ['pump-7', 'pump-8']) {
    const device = ca.issue({ subject: `CN=${clientId},C=FR` })
    clients.push(await connectUntilAdmitted(server, { ...device, clientId }))
  }
  return clients
}

it('signs in with a key, whose secret never leaves the browser', async () => {
  const { page } = visit
  const { accessKeyId, secretAccessKey } = server.rootKey
  const sent: string[] = []
  page.on('request', (request) =>
    sent.push(request.url(), JSON.stringify(request.headers()), request.postData() ?? ''),
  )
  await visit.open('/things')
  await page.getByLabel('Access key ID').fill(accessKeyId)
  await page.getByLabel('Secret access key').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').getByText('do not belong together').waitFor()
  await page.getByLabel('Secret access key').fill(secretAccessKey)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Things' }).waitFor() // where one wanted to go
  expect(sent.join('\n')).toContain(accessKeyId)
  expect(sent.join('\n')).not.toContain(secretAccessKey)
})

it('signs out, and the pages are closed again', async () => {
  const { page } = visit
  await signInByLink(visit, server)
  await page.getByRole('button', { name: 'root' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await visit.open('/cas')
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/console/sign-in')
})

it('shows hostile names as text', async () => {
  const { page } = visit
  const thingName = 'a:b_c-1'
  const attributes = { note: 'x', evil: '@img/src=x.onerror' }
  await server.iot.send(new CreateThingCommand({ thingName, attributePayload: { attributes } }))
  const subject = '<img src=x onerror=document.title=1>\u202Etxt.exe'
  await signInByLink(visit, server)
  await visit.open(`/explain?subject=${encodeURIComponent(subject)}`)
  await page
    .getByText('<img src=x onerror=document.title=1>\\u202etxt.exe', { exact: false })
    .first()
    .waitFor()
  await expect.poll(() => page.title()).toBe('Muster')
  await visit.open('/things')
  await page.getByText('"evil":"@img/src=x.onerror"', { exact: false }).waitFor()
})
