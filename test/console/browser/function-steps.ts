/** The steps of the walkthrough of just-in-time registration: a function, its role, and the rule that invokes it. */
import { readFileSync } from 'node:fs'
import { GetTopicRuleCommand } from '@aws-sdk/client-iot'
import { ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam'
import { GetFunctionConfigurationCommand, GetPolicyCommand } from '@aws-sdk/client-lambda'
import { expect } from 'vitest'
import { document, registrationActions } from '../../helpers/jitr.ts'
import { findViolations } from './axe.ts'
import { choose, picture, rewrite } from './browser.ts'
import { chooseInRow, confirm, goTo, heading, press, tab } from './person.ts'
import type { Here } from './visit-each-test.ts'

const named = { FunctionName: 'onboard' }

/** Resolves with the name of its role. */
export async function authorFunction({ server, visit, page }: Here): Promise<string> {
  await goTo(page, 'Functions')
  await press(page, 'Create function')
  await page.getByText('Author from scratch').waitFor()
  await page.getByLabel('Function name').fill(named.FunctionName)
  await choose(page, 'Runtime', 'Node.js 22.x')
  await press(page, 'Create function')
  await heading(page, named.FunctionName).waitFor()
  await page.getByRole('button', { name: 'index.js' }).waitFor()
  const code = readFileSync('docs/examples/activate-device-v2.js', 'utf8')
  await rewrite(page.getByRole('textbox', { name: 'Code of index.js', exact: true }), code)
  await page.getByText('There are changes that are not deployed.').waitFor()
  await press(page, 'Deploy')
  await page.getByText('Successfully updated the function').waitFor()
  await picture(visit, 'console-function')
  expect(await findViolations(page)).toEqual([])
  const { Role, Runtime } = await server.lambda.send(new GetFunctionConfigurationCommand(named))
  expect(Runtime).toBe('nodejs22.x')
  const roleName = Role!.split('/').at(-1)!
  expect(roleName).toMatch(/^onboard-role-[\da-f]{8}$/)
  return roleName
}

/** By hand, without the rights that it needs yet. */
export async function runFunction({ page }: Here): Promise<void> {
  await tab(page, 'Test').click()
  await choose(page, 'Template', 'iot-registration')
  await page.getByRole('textbox', { name: 'Event JSON' }).getByText('PENDING_ACTIVATION').waitFor()
  await press(page.getByRole('tabpanel'), 'Test')
  await page.getByText('Executing function: failed').waitFor()
  await page.getByText('AccessDenied').first().waitFor()
}

/** From the function's page to its role, and there a policy instead of the one that it has. */
export async function exchangePolicies({ server, page }: Here, RoleName: string): Promise<void> {
  await tab(page, 'Permissions').click()
  await page.getByText('Execution role').first().waitFor()
  await press(page, 'Edit')
  await page.getByRole('link', { name: `View the ${RoleName} role on the IAM console` }).click()
  await heading(page, RoleName).waitFor()
  await press(page, 'Attach policies')
  await page.getByRole('dialog').getByRole('link', { name: 'Create policy' }).click()
  await heading(page, 'Create policy').waitFor()
  const rights = document({ Effect: 'Allow', Action: registrationActions, Resource: '*' })
  await rewrite(page.getByRole('textbox', { name: 'JSON' }), rights)
  await page.getByRole('heading', { name: 'Review policy' }).waitFor()
  await page.getByLabel('Policy name').fill('JITR')
  await press(page, 'Create policy')
  await heading(page, 'JITR').waitFor()
  expect(await findViolations(page)).toEqual([])

  await goTo(page, 'Roles')
  await page.getByRole('link', { name: RoleName }).click()
  await press(page, 'Attach policies')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('checkbox', { name: 'Select JITR', exact: true }).check()
  await confirm(page, 'Attach policy')
  await page.getByRole('link', { name: 'JITR', exact: true }).waitFor()
  await chooseInRow(page, 'AWSLambdaBasicExecutionRole', 'Detach')
  await confirm(page, 'Detach')
  await page.getByRole('link', { name: 'AWSLambdaBasicExecutionRole' }).waitFor({ state: 'detached' })
  const { AttachedPolicies } = await server.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
  expect(AttachedPolicies!.map(({ PolicyName }) => PolicyName)).toEqual(['JITR'])
}

export async function createRule({ server, page }: Here, caCertificateId: string): Promise<void> {
  const sql = `SELECT * FROM '$aws/events/certificates/registered/${caCertificateId}'`
  await goTo(page, 'Rules')
  await press(page, 'Create rule')
  await page.getByLabel('Rule name').fill('jitr')
  await page.getByLabel('Rule description').fill('lets devices in')
  await page.getByRole('button', { name: 'SQL version 2016-03-23' }).waitFor()
  await rewrite(page.getByRole('textbox', { name: 'SQL statement' }), sql)
  await press(page, 'Sample for this topic')
  await page.getByText('"certificateStatus": "PENDING_ACTIVATION"').last().waitFor()
  await choose(page, 'Action 1', 'Lambda')
  await choose(page, 'Lambda function', named.FunctionName)
  await page.getByText('may invoke it, unless it has one already').waitFor()
  expect(await findViolations(page)).toEqual([])
  await press(page, 'Create')
  await page.getByText('The function lets this rule invoke it').waitFor()
  const { rule } = await server.iot.send(new GetTopicRuleCommand({ ruleName: 'jitr' }))
  expect(rule).toMatchObject({ sql, awsIotSqlVersion: '2016-03-23', description: 'lets devices in' })
  const { Policy } = await server.lambda.send(new GetPolicyCommand(named))
  const ArnLike = { 'AWS:SourceArn': 'arn:aws:iot:us-east-1:000000000000:rule/jitr' }
  const Principal = { Service: 'iot.amazonaws.com' }
  expect(JSON.parse(Policy!)).toMatchObject({ Statement: [{ Principal, Condition: { ArnLike } }] })
}
