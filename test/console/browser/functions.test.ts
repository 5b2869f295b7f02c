/** Functions and their logs in the console: code that is pasted decides about a real device. */
import { CreateTopicRuleCommand } from '@aws-sdk/client-iot'
import type { Browser, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { createFunction, createRole } from '../../helpers/jitr.ts'
import type { TestServer } from '../../helpers/server.ts'
import { createUser } from '../users.ts'
import { findViolations } from './axe.ts'
import { choose, openVisit, picture, rewrite, type Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'

let browser: Browser
let server: TestServer
let visit: Visit
let page: Page

visitEachTest(
  (here) => {
    ;({ browser, server, visit, page } = here)
  },
  { isNowhere: true },
)

const editor = (name: string) => page.getByRole('textbox', { name, exact: true })
const testButton = () => page.getByRole('tabpanel').getByRole('button', { name: 'Test', exact: true })
const tab = (name: string) => page.getByRole('tab', { name, exact: true })

/** Replaces the code, deploys it, and waits until that is done. */
async function deploy(code: string): Promise<void> {
  await rewrite(editor('Code of index.js'), code)
  await page.getByText('There are changes that are not deployed.').waitFor()
  await page.getByRole('button', { name: 'Deploy' }).click()
  await page.getByText('Successfully updated the function').waitFor()
}

it('tries a function on a registration event, with result, duration, and logs beside it', async () => {
  const roleArn = await createRole(server, { name: 'tried' })
  const code = (answer: string) =>
    `exports.handler = async (event) => { console.log('seen', event.certificateStatus); ${answer} }`
  await createFunction(server, { FunctionName: 'tried', roleArn, files: { 'index.js': code('return 1') } })
  await visit.open('/functions/tried')
  await deploy(code('return { said: event.awsAccountId }'))
  await testButton().click()
  await choose(page, 'Template', 'iot-registration')
  await editor('Event JSON').getByText('PENDING_ACTIVATION').waitFor()
  await testButton().click()
  await page.getByText('Executing function: succeeded').waitFor()
  await page.getByText('"said": "000000000000"').waitFor()
  await page.getByText('seen PENDING_ACTIVATION').waitFor()
  await page
    .getByText(/^[\d.]+ ms$/)
    .first()
    .waitFor()
  await picture(visit, 'console-function-test')
  expect(await findViolations(page)).toEqual([])

  await tab('Code').click()
  await deploy(code("throw new Error('no thanks')"))
  await tab('Test').click()
  await testButton().click()
  await page.getByText('Executing function: failed (Unhandled)').waitFor()
  await page.getByText('no thanks').first().waitFor()
})

it('keeps files, settings, versions, and aliases of a function', async () => {
  const roleArn = await createRole(server, { name: 'kept' })
  await createFunction(server, {
    FunctionName: 'kept',
    roleArn,
    files: { 'index.js': "exports.handler = require('./lib/answer.js')", 'old.js': '' },
  })
  await visit.open('/functions/kept')
  await page.getByLabel('Name of a new file').fill('lib/answer.js')
  await page.getByRole('button', { name: 'New file' }).click()
  await rewrite(editor('Code of lib/answer.js'), 'module.exports = async () => process.env.ANSWER')
  await page.getByRole('button', { name: 'old.js' }).click()
  await page.getByRole('button', { name: 'Delete file' }).click()
  await page.getByRole('button', { name: 'Deploy' }).click()
  await page.getByText('Successfully updated the function').waitFor()
  await expect.poll(() => page.getByRole('button', { name: 'old.js' }).count()).toBe(0)

  await tab('Configuration').click()
  await page.getByRole('button', { name: 'Edit environment variables' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Add environment variable' }).click()
  await dialog.getByRole('textbox', { name: 'Key' }).fill('ANSWER')
  await dialog.getByRole('textbox', { name: 'Value' }).fill('42')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('ANSWER').first().waitFor()
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await dialog.getByLabel('Timeout').fill('61')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('1 min 1 sec').waitFor()

  await tab('Versions').click()
  await page.getByRole('button', { name: 'Publish new version' }).click()
  await dialog.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('row', { name: /^1/ }).waitFor()
  await tab('Aliases').click()
  await page.getByRole('button', { name: 'Create alias' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('live')
  await dialog.getByRole('button', { name: /^Version/ }).click()
  await page.getByRole('option', { name: '1', exact: true }).click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('row', { name: /^live/ }).waitFor()
  expect(await findViolations(page)).toEqual([])

  await tab('Test').click()
  await testButton().click()
  await page.getByText('"42"').waitFor()
})

it('shows what a function logs as text, follows it, and finds it by a pattern', async () => {
  const hostile = '<img src=x onerror=document.title=1>\u202Etxt.exe'
  const roleArn = await createRole(server, { name: 'hostile' })
  const FunctionName = 'hostile'
  const files = { 'index.js': 'exports.handler = async (event) => { console.log(event.say); return event }' }
  await createFunction(server, { FunctionName, roleArn, files })
  await visit.open('/functions/hostile?tab=test')
  await rewrite(editor('Event JSON'), JSON.stringify({ say: hostile }))
  await testButton().click()
  const asText = String.raw`<img src=x onerror=document.title=1>\u202etxt.exe`
  await page.getByText(asText).first().waitFor()

  await page.getByRole('link', { name: 'Log groups' }).click()
  await page.getByRole('link', { name: '/aws/lambda/hostile' }).click()
  await page.getByRole('heading', { name: '/aws/lambda/hostile' }).waitFor()
  expect(await findViolations(page)).toEqual([])
  await page.getByRole('button', { name: 'Search log group' }).click()
  await page.getByText(asText).first().waitFor()
  await page.getByLabel('Filter events').fill('REPORT')
  await page.keyboard.press('Enter')
  await page.getByText('Max Memory Used').waitFor()
  await page.getByText(asText).first().waitFor({ state: 'detached' })
  await page.getByLabel('Filter events').fill('{ $.x')
  await page.keyboard.press('Enter')
  await page.getByText('InvalidParameterException').waitFor()
  await page.getByLabel('Filter events').fill('')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Start tailing' }).click()
  await page.getByText('Following').waitFor()
  const event = Buffer.from(JSON.stringify({ say: `again ${hostile}` })).toString('base64')
  await page.evaluate(
    `fetch('/console/api/lambda/Invoke', { method: 'POST', headers: { 'content-type': 'application/json', 'x-muster-console': '1' }, body: '{"FunctionName":"hostile","Payload":"${event}"}' })`,
  )
  await page.getByText(`again ${asText}`).waitFor()
  await expect.poll(() => page.title()).toBe('Muster')
  expect(await findViolations(page)).toEqual([])
})

it('tells a reader which permission is missing, and shows the rest, on a small screen in the dark', async () => {
  const roleArn = await createRole(server, { name: 'read' })
  const FunctionName = 'read'
  const functionArn = await createFunction(server, {
    FunctionName,
    roleArn,
    files: { 'index.js': 'exports.handler = 1' },
  })
  const sql = "SELECT * FROM 'a'"
  const actions = [{ lambda: { functionArn } }]
  await server.iot.send(new CreateTopicRuleCommand({ ruleName: 'read', topicRulePayload: { sql, actions } }))
  const reading = ['iot:List*', 'iot:Get*', 'lambda:List*', 'lambda:Get*', 'logs:Describe*', 'logs:Filter*']
  const { accessKeyId, secretAccessKey } = await createUser(server, reading)
  await using reader = await openVisit(browser, server, { width: 390, scheme: 'dark' })
  reader.page.setDefaultTimeout(60_000)
  await reader.open('/rules')
  await reader.page.getByLabel('Access key ID').fill(accessKeyId)
  await reader.page.getByLabel('Secret access key').fill(secretAccessKey)
  await reader.page.getByRole('button', { name: 'Sign in' }).click()
  /** The button is there, cannot be used, and says why. */
  const isDenied = async (label: string, permission: string) => {
    const button = reader.page.getByRole('button', { name: label, exact: true }).last()
    await expect.poll(() => button.getAttribute('aria-disabled'), { timeout: 60_000 }).toBe('true')
    const reason = reader.page.getByText(`You need the permission ${permission}`)
    await reason.first().waitFor({ state: 'attached' }) // shown to whoever points at the button
  }
  await isDenied('Create rule', 'iot:CreateTopicRule')
  await reader.open('/rules/read')
  await isDenied('Edit', 'iot:ReplaceTopicRule')
  await isDenied('Add permission', 'lambda:AddPermission')
  expect(await findViolations(reader.page)).toEqual([])
  await reader.open('/functions')
  await isDenied('Create function', 'lambda:CreateFunction')
  await reader.open('/functions/read')
  await reader.page.getByText('exports.handler').waitFor()
  await isDenied('Deploy', 'lambda:UpdateFunctionCode')
  expect(await findViolations(reader.page)).toEqual([])
  await reader.open('/functions/read?tab=test')
  await isDenied('Test', 'lambda:InvokeFunction')
  expect(await findViolations(reader.page)).toEqual([])
  await reader.open('/create/rule')
  await isDenied('Watch live traffic for 60 s', 'muster:WatchSql')
  await reader.page.getByText('muster:EvaluateSql').first().waitFor()
  expect(await findViolations(reader.page)).toEqual([])
  expect(reader.faults).toEqual([])
})
