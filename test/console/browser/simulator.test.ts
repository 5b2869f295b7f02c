/** The policy simulator, by the labels that a person sees. */
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import { startTestServer } from '../../helpers/server.ts'
import { openVisit, sharedBrowser, signInByLink } from './browser.ts'

it('says what decides, with which values, and what would grant it', async () => {
  await using server = await startTestServer()
  const { certificateId, certificateArn: target } = await server.iot.send(
    new CreateKeysAndCertificateCommand({ setAsActive: true }),
  )
  const Resource = 'arn:aws:iot:us-east-1:000000000000:topic/lamps/${iot:ClientId}'
  const Statement = [{ Sid: 'own', Effect: 'Allow', Action: 'iot:Publish', Resource }]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await server.iot.send(new CreatePolicyCommand({ policyName: 'lamps', policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: 'lamps', target }))

  await using visit = await openVisit(await sharedBrowser(), server)
  const { page } = visit
  page.setDefaultTimeout(60_000)
  await signInByLink(visit, server)
  await page.getByRole('link', { name: 'Policy simulator' }).click()
  await page.getByLabel('Certificate ID', { exact: true }).fill(certificateId!)
  await page.keyboard.press('Escape')
  await page.getByLabel('Client ID', { exact: true }).fill('lamp-1')
  await page.getByRole('button', { name: 'Action iot:Connect' }).click()
  await page.getByRole('option', { name: 'iot:Publish' }).click()
  await page.getByLabel('Topic, or an ARN').fill('lamps/lamp-1')
  await page.getByRole('button', { name: 'Run simulation' }).click()
  await page.getByText('Allowed', { exact: true }).waitFor()
  await page.getByRole('heading', { name: 'Deciding statement' }).waitFor()
  await page.getByRole('row', { name: 'iot:ClientId' }).getByText('lamp-1').waitFor()

  await page.getByLabel('Topic, or an ARN').fill('lamps/<b>\u202E')
  await page.getByRole('button', { name: 'Run simulation' }).click()
  await page.getByText('Denied: no statement grants it').waitFor()
  await page.getByRole('heading', { name: 'Nearest statement' }).waitFor()
  await page.getByText('lamps/<b>\\u202e', { exact: false }).first().waitFor()
  expect(new URL(page.url()).searchParams.get('action')).toBe('iot:Publish') // a link to it shows the same
  expect(visit.faults).toEqual([])
})
