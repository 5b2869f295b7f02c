/** Rules in the console: statements on trial, actions as forms, what becomes of messages. */
import { GetTopicRuleCommand } from '@aws-sdk/client-iot'
import { GetRolePolicyCommand } from '@aws-sdk/client-iam'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { eventually } from '../../helpers/jitr.ts'
import type { TestServer } from '../../helpers/server.ts'
import { Visitor } from '../visitor.ts'
import { findViolations } from './axe.ts'
import { choose, picture, type Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit
let page: Page
let root: Visitor

visitEachTest(
  (here) => {
    ;({ server, visit, page } = here)
  },
  {
    prepare: async ({ endpoints, rootKey }) => {
      root = new Visitor(endpoints.apiUrl)
      await root.signIn(rootKey)
    },
  },
)

const publish = (topic: string, payload: string, more: object = {}) =>
  root.operation('iot-data', 'Publish', { topic, payload: Buffer.from(payload).toString('base64'), ...more })
const editor = (name: string) => page.getByRole('textbox', { name, exact: true })

it('tries a statement while it is typed: where it goes wrong, what comes of a sample, and live messages', async () => {
  await page.getByRole('link', { name: 'Rules', exact: true }).click()
  await page.getByRole('button', { name: 'Create rule' }).click()
  await editor('SQL statement').fill("SELECT t AS temperature\nFORM 'sensors/+'")
  await page.getByText('line 2, column 1').first().waitFor()
  await expect.poll(() => page.getByRole('button', { name: 'Create', exact: true }).isDisabled()).toBe(true)

  await editor('SQL statement').fill(
    "SELECT t AS temperature, clientid() AS client FROM 'sensors/+' WHERE t > 20",
  )
  await page.getByText('FROM asks for sensors/+, not for this topic').waitFor()
  await page.getByLabel('Topic', { exact: true }).fill('sensors/a')
  await page.getByText('FROM asks for this topic').waitFor()
  await editor('Message').fill('{ "t": 21.50 }')
  await page.getByText('"temperature": 21.50').waitFor() // with its digits
  await editor('Message').fill('{ "t": 19 }')
  await page.getByText('WHERE is not true').waitFor()

  await page.getByRole('button', { name: 'Watch live traffic for 60 s' }).click()
  await page.getByText('Watching; no action runs').waitFor()
  await publish('sensors/kitchen', '{"t":23,"name":"\u202Etxt"}')
  await page.getByRole('button', { name: 'Use as sample' }).click()
  await page.getByText('"temperature": 23').waitFor()
  await page.locator('.cm-specialChar').waitFor() // what turns the direction of text is seen
  await picture(visit, 'console-rule')
  expect(await findViolations(page)).toEqual([])
})

it('makes a rule with a role of its own, counts what becomes of its messages, changes it, and deletes it', async () => {
  await visit.open('/create/rule')
  await page.getByLabel('Rule name').fill('forward')
  await page.getByLabel('Rule description - optional').fill('hot ones')
  await editor('SQL statement').fill("SELECT * FROM 'sensors/#' WHERE t > 20")
  await choose(page, 'Action 1', 'Republish to an MQTT topic')
  await page.getByLabel('Topic', { exact: true }).last().fill('hot')
  await page.getByRole('button', { name: 'Create new role' }).click()
  const dialog = page.getByRole('dialog', { name: 'Create role' })
  await dialog.getByText('iot:Publish').first().waitFor()
  await dialog.getByRole('button', { name: 'Create', exact: true }).click()
  await page.getByRole('button', { name: /^IAM role forward-republish/ }).waitFor()
  await page.getByRole('button', { name: 'Create', exact: true }).click()

  await page.getByRole('heading', { name: 'forward', level: 1 }).waitFor()
  const { rule } = await server.iot.send(new GetTopicRuleCommand({ ruleName: 'forward' }))
  expect(rule).toMatchObject({
    description: 'hot ones',
    awsIotSqlVersion: '2016-03-23',
    ruleDisabled: false,
    actions: [{ republish: { topic: 'hot', roleArn: expect.stringContaining('role/forward-republish') } }],
  })
  const inline = { RoleName: 'forward-republish', PolicyName: 'forward-republish' }
  const { PolicyDocument } = await server.iam.send(new GetRolePolicyCommand(inline))
  expect(decodeURIComponent(PolicyDocument!)).toContain('arn:aws:iot:us-east-1:000000000000:topic/hot')

  await publish('sensors/a', '{"t":19}')
  await publish('sensors/a', '{"t":21}', { retain: true })
  const counts = await eventually(async () => {
    const { body } = await root.call({ path: '/muster/v1/rule-counts?ruleName=forward' })
    return body['success'] === 1 && body
  })
  expect(counts).toMatchObject({ topicMatch: 2, matched: 1, failure: 0 })
  await page.reload()
  await page.getByText('Actions that succeeded').waitFor()
  expect(await findViolations(page)).toEqual([])

  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Disable' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
  await page.getByText('DISABLED', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByLabel('Rule description - optional').fill('still hot')
  await page.getByRole('button', { name: 'Update' }).click()
  await page.getByText('still hot').waitFor()
  const changed = await server.iot.send(new GetTopicRuleCommand({ ruleName: 'forward' }))
  expect(changed.rule).toMatchObject({ description: 'still hot', ruleDisabled: true })
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByLabel('To confirm, type delete').fill('delete')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('heading', { name: /^Rules/ }).waitFor()
  await expect(server.iot.send(new GetTopicRuleCommand({ ruleName: 'forward' }))).rejects.toThrow(
    'there is none',
  )
})

it('shows a retained message as text, whatever it holds, and takes it away', async () => {
  const topic = 'hall/<img src=x onerror=document.title=1>'
  await publish(topic, '<img src=x onerror=document.title=1>\u202Etxt', { retain: true, qos: 1 })
  await page.getByRole('link', { name: 'Retained messages' }).click()
  await page.getByRole('link', { name: topic }).click()
  await page.getByText(String.raw`<img src=x onerror=document.title=1>\u202etxt`).waitFor()
  await expect.poll(() => page.title()).toBe('Muster')
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('heading', { name: 'Retained messages' }).waitFor()
  const { status } = await root.operation('iot-data', 'GetRetainedMessage', { topic })
  expect(status).toBe(404)
})

it('makes a destination, asks for its confirmation again, and deletes it', async () => {
  await page.getByRole('link', { name: 'Destinations' }).click()
  await page.getByRole('button', { name: 'Create destination' }).click()
  await page.getByLabel('Confirmation URL').fill('https://203.0.113.1/hook')
  await page.getByRole('button', { name: 'Create destination' }).click()
  await page.getByRole('heading', { name: 'Destination', exact: true }).waitFor()
  await page.getByText('IN_PROGRESS').waitFor()
  await visit.open('/destinations/confirm')
  await page.getByLabel('Confirmation token or URL').fill('https://muster/confirmdestination/abc')
  await page.getByRole('button', { name: 'Confirm and enable' }).click()
  await page.getByText('the confirmation token is not valid').waitFor()
  await visit.open('/destinations')
  await page.getByRole('link', { name: 'https://203.0.113.1/hook' }).click()
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByLabel('To confirm, type delete').fill('delete')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('heading', { name: 'Destinations' }).waitFor()
  const { body } = await root.operation('iot', 'ListTopicRuleDestinations')
  expect(body['destinationSummaries']).toEqual([])
})
