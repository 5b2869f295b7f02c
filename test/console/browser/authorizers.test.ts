/** Custom authorizers in the console, by the labels that a person sees: made, tried, switched, deleted. */
import * as Iot from '@aws-sdk/client-iot'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { allowAll, answerOf, createAuthorizer, createGate } from '../../helpers/authorizers.ts'
import { lacks } from '../../helpers/programs.ts'
import type { TestServer } from '../../helpers/server.ts'
import { openCommandLine } from '../cli-lines.ts'
import { choose } from './browser.ts'
import { confirm, goTo, heading, press, tab } from './person.ts'
import { publicKeyPem } from './resources.ts'
import { visitEachTest } from './visit-each-test.ts'

const markup = 'arn:aws:iot:*:*:topic/<img src=x onerror=document.title=1>'

let server: TestServer
let page: Page

visitEachTest(
  (here) => {
    ;({ server, page } = here)
  },
  { prepare: async (started) => void (await createGate(started)) },
)

/** Not the row of an editor, which is called as its first field. */
const field = (name: string) => page.getByLabel(name, { exact: true }).and(page.locator('input, textarea'))
const describe = async (authorizerName: string) =>
  (await server.iot.send(new Iot.DescribeAuthorizerCommand({ authorizerName }))).authorizerDescription
const defaultName = () =>
  server.iot.send(new Iot.DescribeDefaultAuthorizerCommand({})).then(
    ({ authorizerDescription }) => authorizerDescription?.authorizerName,
    (error: Error) => error.name,
  )
const openAuthorizer = async (name: string) => {
  await goTo(page, 'Authorizers')
  await page.getByRole('link', { name, exact: true }).click()
  await heading(page, name).waitFor()
}
const pick = async (label: string) => {
  await press(page, 'Actions')
  await page.getByRole('menuitem', { name: label, exact: true }).click()
}

it('makes one whose function may be invoked, tries it, and retires it', async () => {
  await goTo(page, 'Authorizers')
  await press(page, 'Create authorizer')
  await page.getByLabel('Authorizer name').fill('door')
  await page.getByRole('checkbox', { name: 'Validate token signatures' }).uncheck()
  await choose(page, 'Lambda function', 'gate')
  await page.getByRole('checkbox', { name: 'Set as default' }).check()
  await press(page, 'Create authorizer')
  await heading(page, 'door').waitFor()
  expect(await describe('door')).toMatchObject({ status: 'ACTIVE', signingDisabled: true })
  expect(await defaultName()).toBe('door')

  await page.getByLabel('MQTT user name').fill('ann')
  await page.getByLabel('MQTT password').fill(answerOf({}, { ...allowAll, Resource: markup }))
  await press(page, 'Test authorizer')
  await page.getByText('Authenticated', { exact: true }).waitFor()
  await page.getByText('3600 s').waitFor()
  await page.getByText(`"Resource": "${markup}"`).waitFor()
  await expect.poll(() => page.title()).toBe('Muster')
  await page.getByLabel('MQTT password').fill('{"isAuthenticated": true}')
  await press(page, 'Test authorizer')
  await page.getByText('authorizer-answer-invalid').waitFor()
  await page.getByLabel('MQTT password').fill('')
  await press(page, 'Add header')
  await field('Name').fill('x-answer')
  await field('Value').fill('bm8=')
  await press(page, 'Test authorizer')
  await page.getByText('Not authenticated', { exact: true }).waitFor()

  await press(page, 'Edit')
  await page.getByRole('dialog').getByRole('checkbox', { name: 'Cache answers for HTTP' }).check()
  await confirm(page, 'Save changes')
  expect(await describe('door')).toMatchObject({ enableCachingForHttp: true })
  await press(page, 'Actions')
  await page.getByRole('menuitem', { name: 'Delete' }).hover()
  await page.getByText('Clear the default first').first().waitFor({ state: 'attached' })
  await page.keyboard.press('Escape')
  for (const label of ['Clear default', 'Deactivate']) {
    await press(page, label)
    await confirm(page, label)
  }
  await page.getByText('INACTIVE', { exact: true }).waitFor()
  expect(await defaultName()).toBe('ResourceNotFoundException')
  await pick('Delete')
  await confirm(page, 'Delete', 'delete')
  await heading(page, 'Authorizers').waitFor()
  await expect(describe('door')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

it('says at the field which key is none, and shows those that are', async () => {
  await goTo(page, 'Authorizers')
  await press(page, 'Create authorizer')
  await page.getByLabel('Authorizer name').fill('signed')
  await choose(page, 'Lambda function', 'gate')
  await page.getByLabel('Token key name').fill('token')
  await field('Key name').fill('first')
  await field('Public key').fill('no key')
  await press(page, 'Create authorizer')
  await page
    .getByText(/tokenSigningPublicKeys.* PEM/)
    .first()
    .waitFor()
  const pem = publicKeyPem()
  await field('Public key').fill(pem)
  await press(page, 'Create authorizer')
  await heading(page, 'signed').waitFor()
  expect(await describe('signed')).toMatchObject({ tokenSigningPublicKeys: { first: pem } })
  await tab(page, 'Public keys').click()
  await page.getByText('BEGIN PUBLIC KEY').waitFor()
  await tab(page, 'Test').click()
  await field('Token').fill('ann')
  await page.getByLabel('Token signature').fill('bm8=')
  await press(page, 'Test authorizer')
  await page
    .getByText(/^authorizer-[a-z-]+: /)
    .first()
    .waitFor()
})

it.skipIf(lacks('aws', 'python3'))('shows a command that does the same, without the password', async () => {
  await createAuthorizer(server, 'typed')
  await openAuthorizer('typed')
  const answer = answerOf()
  await page.getByLabel('MQTT user name').fill('ann, "the" first')
  await page.getByLabel('MQTT password').fill(answer)
  await press(page, 'Test authorizer')
  await page.getByText('Authenticated', { exact: true }).waitFor()
  const form = page.locator('form')
  await form.getByText('Show as CLI').click()
  const line = await form.getByText(/aws iot test-invoke-authorizer/).innerText()
  expect(line).not.toContain('principalId')
  const { endpoints, rootKey } = server
  using commandLine = openCommandLine('run', {
    AWS_ENDPOINT_URL: endpoints.apiUrl,
    AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
  })
  const [outcome] = await commandLine.read([line], { MQTT_PASSWORD: answer })
  expect(outcome).toMatchObject({ output: expect.stringContaining('"principalId": "ann"') })
})

it('makes a certificate provider, and takes it away', async () => {
  await goTo(page, 'Certificate providers')
  await press(page, 'Create certificate provider')
  await page.getByLabel('Certificate provider name').fill('own')
  await choose(page, 'Lambda function', 'gate')
  await press(page, 'Create certificate provider')
  await heading(page, 'own').waitFor()
  const input = { certificateProviderName: 'own' }
  const provider = await server.iot.send(new Iot.DescribeCertificateProviderCommand(input))
  expect(provider.lambdaFunctionArn).toMatch(/function:gate$/)
  await press(page, 'Delete')
  await confirm(page, 'Delete', 'delete')
  await heading(page, 'Certificate providers').waitFor()
  await expect(server.iot.send(new Iot.DescribeCertificateProviderCommand(input))).rejects.toThrow(
    'there is no',
  )
})

it('gives a domain its authorizer', async () => {
  await createAuthorizer(server, 'hall')
  await goTo(page, 'Domain configurations')
  await press(page, 'Create domain configuration')
  await page.getByLabel('Domain configuration name').fill('halls')
  await choose(page, 'Authentication type', 'AWS_X509')
  await expect.poll(() => page.getByLabel('Default authorizer - optional').count()).toBe(0)
  await choose(page, 'Authentication type', 'CUSTOM_AUTH')
  const name = page.getByLabel('Default authorizer - optional')
  await name.fill('hall')
  await name.press('Escape')
  await page.getByRole('checkbox', { name: 'Clients may name another authorizer' }).check()
  await press(page, 'Create domain configuration')
  await heading(page, 'halls').waitFor()
  const domainConfigurationName = 'halls'
  const described = await server.iot.send(
    new Iot.DescribeDomainConfigurationCommand({ domainConfigurationName }),
  )
  expect(described).toMatchObject({
    authenticationType: 'CUSTOM_AUTH',
    authorizerConfig: { defaultAuthorizerName: 'hall', allowAuthorizerOverride: true },
  })
})
