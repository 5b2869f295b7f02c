/** What devices and others call themselves is text on every page that shows it. */
import * as Iot from '@aws-sdk/client-iot'
import { UpdateThingShadowCommand, IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane'
import { AttachRolePolicyCommand } from '@aws-sdk/client-iam'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCa } from '../../helpers/certificates.ts'
import { connectDevice } from '../../helpers/device.ts'
import {
  createProvisioningRole,
  provisioningTemplate,
  registerCa,
  type RegisteredCa,
} from '../../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { openVisit, sharedBrowser, signInByLink, type Visit } from './browser.ts'

const markup = '<img src=x onerror=document.title=1>'
const reversed = 'invoice\u202Efdp.exe'
const long = 'x'.repeat(8 * 1024)

let server: TestServer
let visit: Visit
let page: Page

beforeAll(async () => {
  server = await startTestServer()
  visit = await openVisit(await sharedBrowser(), server)
  page = visit.page
  page.setDefaultTimeout(20_000)
  await signInByLink(visit, server)
})
afterAll(async () => {
  await visit[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** No script of a name has run, nothing was asked for, and the page is no wider than the window. */
async function expectQuiet(): Promise<void> {
  await expect.poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  await expect.poll(() => page.title()).toBe('Muster')
  await expect.poll(() => page.locator('img[src=x]').count()).toBe(0)
  expect(visit.faults).toEqual([])
}

describe('what a device calls itself', () => {
  const policyName = 'all'
  let ca: RegisteredCa

  beforeAll(async () => {
    const { iot } = server
    ca = await registerCa(server)
    const roleArn = await createProvisioningRole(server, 'Logging')
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSIoTLogging'
    await server.iam.send(new AttachRolePolicyCommand({ RoleName: 'Logging', PolicyArn }))
    await iot.send(new Iot.SetV2LoggingOptionsCommand({ roleArn, defaultLogLevel: 'INFO' }))
    const Statement = [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }]
    const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iot.send(new Iot.CreatePolicyCommand({ policyName, policyDocument }))
  })

  /** A device of that common name, which is let in. */
  async function letIn(commonName: string) {
    const { certificateId, ...device } = ca.issue({ subject: [['CN', commonName]] })
    await expect(connectDevice(server, { ...device, clientId: 'first' })).rejects.toThrow('closed')
    await server.iot.send(new Iot.UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }))
    const target = `arn:aws:iot:us-east-1:000000000000:cert/${certificateId}`
    await server.iot.send(new Iot.AttachPolicyCommand({ policyName, target }))
    return { certificateId, device }
  }

  async function expectShown(path: string, text: string): Promise<void> {
    await visit.open(path)
    await page.getByText(text).first().waitFor()
    await expectQuiet()
  }

  // names as they are, as they are shown, and as they are in a subject (RFC 4514)
  it.each([
    ['markup', markup, markup, String.raw`\<img src=x onerror=document.title=1\>`],
    [
      'a name that reads backwards',
      reversed,
      String.raw`invoice\u202efdp.exe`,
      String.raw`invoice\E2\80\AEfdp.exe`,
    ],
    ['emoji', '🔥 lamp', '🔥 lamp', '🔥 lamp'],
    ['as much as a client id holds', 'y'.repeat(128), 'y'.repeat(128), 'y'.repeat(128)],
  ])('%s', async (_, name, text, inSubject) => {
    const { certificateId, device } = await letIn(name)
    const client = await connectDevice(server, { ...device, clientId: name })
    await expectShown('/', text)
    await expectShown('/connections', text)
    await expectShown(`/explain?subject=${certificateId}`, text)
    await expectShown(`/certificates/${certificateId}`, `CN=${inSubject}`)
    await expectShown(`/log-groups/events?group=AWSIotLogsV2`, text)
    await page.getByRole('searchbox', { name: 'Search' }).fill(name)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Explain' }).waitFor()
    await page.getByText(text).first().waitFor()
    await expectQuiet()
    await client.endAsync()
  })

  it.each([
    ['8 kB', long, 'xxxxxxxxxx'],
    ['what ends a text elsewhere', 'lamp\u0000.example', String.raw`lamp\00.example`],
  ])('%s, which no client id may be', async (_, name, text) => {
    const { certificateId, device } = await letIn(name)
    await expect(connectDevice(server, { ...device, clientId: name })).rejects.toThrow(/./)
    await (await connectDevice(server, { ...device, clientId: 'second' })).endAsync()
    await expectShown('/', 'second')
    await expectShown(`/explain?subject=${certificateId}`, certificateId.slice(0, 8))
    await expectShown(`/certificates/${certificateId}`, `CN=${text}`)
    await expectShown(`/log-groups/events?group=AWSIotLogsV2`, certificateId.slice(0, 8))
  })

  it('a stranger, and one whose thing cannot have such a name', async () => {
    const roleArn = await createProvisioningRole(server)
    const provisioning = await registerCa(server, {
      registrationConfig: { templateBody: provisioningTemplate(), roleArn },
    })
    for (const { issue } of [makeCa({ subject: [['CN', markup]] }), provisioning]) {
      const { certificateId: _, ...device } = issue({ subject: [['CN', reversed]] })
      await expect(connectDevice(server, { ...device, clientId: markup })).rejects.toThrow(/./)
    }
    await expectShown('/refused', markup)
    await page.getByText('provisioning-failed').first().waitFor()
    await page.getByText('ca-unknown').first().waitFor()
    await expectShown(`/explain?subject=${encodeURIComponent(markup)}`, markup)
  })
})

it('tags, descriptions, and shadows', async () => {
  const ca = await registerCa(server)
  const resourceArn = `arn:aws:iot:us-east-1:000000000000:cacert/${ca.caCertificateId}`
  await server.iot.send(
    new Iot.TagResourceCommand({ resourceArn, tags: [{ Key: 'owner', Value: 'a+b @ https://x/y=z' }] }),
  )
  await visit.open(`/cas/${ca.caCertificateId}?tab=tags`)
  await page.getByText('a+b @ https://x/y=z').waitFor()
  await server.iot.send(new Iot.CreateThingCommand({ thingName: 'lamp-1' }))
  const { apiUrl, region } = server.endpoints
  const data = new IoTDataPlaneClient({ endpoint: apiUrl, region, credentials: server.rootKey })
  const state = { reported: { note: markup, name: reversed, nothing: 'a\u0000b', fill: long.slice(0, 4000) } }
  await data.send(
    new UpdateThingShadowCommand({
      thingName: 'lamp-1',
      payload: Buffer.from(JSON.stringify({ state })),
    }),
  )
  await visit.open('/things/lamp-1?tab=shadows')
  await page.getByText('invoice\\u202efdp.exe').first().waitFor()
  await page.getByText('onerror').first().waitFor()
  await expectQuiet()
})

it('what is searched for, and what stands in the address', async () => {
  const search = page.getByRole('searchbox', { name: 'Search' })
  for (const text of [`nobody ${markup}`, `nobody ${reversed}`, 'z'.repeat(8192)]) {
    await search.fill(text)
    await search.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Explain' }).waitFor()
    await page
      .getByText(/Nothing is recorded about|414|must be/)
      .first()
      .waitFor()
    await expectQuiet()
  }
})
