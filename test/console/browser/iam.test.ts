/** Users, roles, and policies in the console, by the steps and labels of the published walkthroughs. */
import {
  CreateRoleCommand,
  AttachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
} from '@aws-sdk/client-iam'
import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { TestServer } from '../../helpers/server.ts'
import { findViolations } from './axe.ts'
import type { Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit
let page: Page

visitEachTest((here) => {
  ;({ server, visit, page } = here)
})

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
const inDialog = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true })
const goTo = async (name: string) => {
  const navigation = page.getByRole('navigation', { name: 'Navigation' })
  await navigation.getByRole('link', { name, exact: true }).last().click()
}
const attachedTo = async (RoleName: string) => {
  const { AttachedPolicies } = await server.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
  return AttachedPolicies!.map(({ PolicyName }) => PolicyName)
}

/** Replaces what stands in an editor. */
async function type(label: string, text: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: label }).last()
  await editor.click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
}

it('makes the role of just-in-time provisioning', async () => {
  await goTo('Roles')
  await button('Create role').click()
  await expect.poll(() => button('Create role').isDisabled()).toBe(true) // nothing is chosen yet
  await page.getByRole('radio', { name: 'IoT', exact: true }).click()
  for (const name of ['AWSIoTThingsRegistration', 'AWSIoTLogging', 'AWSIoTRuleActions'])
    await expect.poll(() => page.getByRole('checkbox', { name: `Select ${name}` }).isChecked()).toBe(true)
  await page.getByLabel('Role name').fill('JITPRole')
  await page.getByLabel('Description - optional').fill('provisions devices')
  expect(await findViolations(page)).toEqual([])
  await button('Create role').click()
  await page.getByRole('heading', { name: 'JITPRole', level: 1 }).waitFor()
  expect(await findViolations(page)).toEqual([])
  const { Role } = await server.iam.send(new GetRoleCommand({ RoleName: 'JITPRole' }))
  expect(Role).toMatchObject({ Description: 'provisions devices' })
  expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toContain('iot.amazonaws.com')
  await expect.poll(() => attachedTo('JITPRole')).toContain('AWSIoTThingsRegistration')
})

it('adds a user with programmatic access and AdministratorAccess, whose keys are shown once', async () => {
  await goTo('Users')
  await button('Create user').click()
  await page.getByLabel('User name').fill('builder')
  await page.getByRole('checkbox', { name: 'Programmatic access' }).click()
  await page.getByRole('searchbox', { name: 'Search policies' }).fill('AdministratorAccess')
  await page.getByRole('checkbox', { name: 'Select AdministratorAccess', exact: true }).click()
  await button('Create user').click()
  await page.getByRole('heading', { name: 'Retrieve access key' }).waitFor()
  expect(await findViolations(page)).toEqual([])
  const [download] = await Promise.all([page.waitForEvent('download'), button('Download .csv file').click()])
  const [head, row] = readFileSync(await download.path(), 'utf8').split('\r\n')
  expect(head).toBe('Access key ID,Secret access key')
  const [accessKeyId, secretAccessKey] = row!.split(',')
  const credentials = { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! }
  const sts = new STSClient({ endpoint: visit.origin, region: 'us-east-1', credentials })
  expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toMatch(/user\/builder$/)
  await expect.poll(() => page.getByText(secretAccessKey!).count()).toBe(0) // until one asks for it
  await button('Show').click()
  await page.getByText(secretAccessKey!).waitFor()
  await button('Done').click()
  await page.getByRole('heading', { name: 'builder', level: 1 }).waitFor()
  const { AttachedPolicies } = await server.iam.send(
    new ListAttachedUserPoliciesCommand({ UserName: 'builder' }),
  )
  expect(AttachedPolicies!.map(({ PolicyName }) => PolicyName)).toEqual(['AdministratorAccess'])
  await page.getByRole('tab', { name: 'Security credentials' }).click()
  await page.getByText(accessKeyId!).waitFor()
  await page.goBack()
  await expect.poll(() => page.getByText(secretAccessKey!).count()).toBe(0)

  await page.goto(`${visit.origin}/console/iam/users/builder?tab=credentials`)
  await button(`Actions for ${accessKeyId}`).click()
  await page.getByRole('menuitem', { name: 'Deactivate' }).click()
  await inDialog('Deactivate').click()
  await page.getByText('Inactive').waitFor()
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow('invalid')
  sts.destroy()
})

it('gives the role of a function a policy of its own instead of AWSLambdaBasicExecutionRole', async () => {
  const RoleName = 'jitr-role-x1'
  const basic = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  })
  await server.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
  await server.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: basic }))
  await visit.open(`/iam/roles/${RoleName}`)
  await button('Attach policies').click()
  await page.getByRole('dialog').getByRole('link', { name: 'Create policy' }).click()

  const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }] }
  await type('JSON', '{ "Version": ')
  await page.getByLabel('Policy name').fill('JITR')
  await page.getByText('The document is no JSON yet').or(button('Create policy')).first().waitFor()
  await expect.poll(() => button('Create policy').isDisabled()).toBe(true)
  await type('JSON', JSON.stringify(document))
  await button('Create policy').click()
  await page.getByRole('heading', { name: 'JITR', level: 1 }).waitFor()
  expect(await findViolations(page)).toEqual([])

  await goTo('Roles')
  await page.getByRole('link', { name: RoleName }).click()
  await button('Attach policies').click()
  await page.getByRole('dialog').getByRole('checkbox', { name: 'Select JITR' }).click()
  await inDialog('Attach policy').click()
  await page.getByRole('link', { name: 'JITR' }).waitFor()
  await button('Actions for AWSLambdaBasicExecutionRole').click()
  await page.getByRole('menuitem', { name: 'Detach' }).click()
  await inDialog('Detach').click()
  await page.getByRole('link', { name: 'AWSLambdaBasicExecutionRole' }).waitFor({ state: 'detached' })
  await expect.poll(() => attachedTo(RoleName)).toEqual(['JITR'])
})

it('edits a policy as another version, an inline policy, and whom a role trusts', async () => {
  await visit.open('/iam/roles/JITPRole')
  await button('Create inline policy').click()
  await page.getByLabel('Policy name').fill('logs')
  const statement = [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }]
  await type('JSON', JSON.stringify({ Version: '2012-10-17', Statement: statement }))
  await inDialog('Create policy').click()
  await button('Actions for logs').waitFor()
  const inline = { RoleName: 'JITPRole', PolicyName: 'logs' }
  const { PolicyDocument } = await server.iam.send(new GetRolePolicyCommand(inline))
  expect(decodeURIComponent(PolicyDocument!)).toContain('logs:*')

  await page.getByRole('tab', { name: 'Trust relationships' }).click()
  await button('Edit trust policy').click()
  await type('JSON', '{"Version":"2012-10-17","Statement":[]}')
  await inDialog('Update policy').click()
  await page
    .getByRole('dialog')
    .getByRole('alert')
    .or(page.getByText(/MalformedPolicyDocument/))
    .first()
    .waitFor()
  const Principal = { Service: ['iot.amazonaws.com', 'lambda.amazonaws.com'] }
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  }
  await type('JSON', JSON.stringify(trust))
  await inDialog('Update policy').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const { Role } = await server.iam.send(new GetRoleCommand({ RoleName: 'JITPRole' }))
  expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toContain('lambda.amazonaws.com')

  const PolicyArn = 'arn:aws:iam::000000000000:policy/JITR'
  await visit.open(`/iam/policies/${encodeURIComponent(PolicyArn)}`)
  await button('Edit').click()
  await type('JSON', JSON.stringify({ Version: '2012-10-17', Statement: statement }))
  await inDialog('Save changes').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const { Policy } = await server.iam.send(new GetPolicyCommand({ PolicyArn }))
  expect(Policy?.DefaultVersionId).toBe('v2')
  const version = { PolicyArn, VersionId: 'v2' }
  const { PolicyVersion } = await server.iam.send(new GetPolicyVersionCommand(version))
  expect(decodeURIComponent(PolicyVersion!.Document!)).toContain('logs:*')
})

it('puts a user into a group, and deletes the user with all that hangs on it', async () => {
  await goTo('User groups')
  await button('Create group').click()
  await page.getByLabel('User group name').fill('operators')
  await button('Create user group').click()
  await page.getByRole('heading', { name: 'operators', level: 1 }).waitFor()
  await visit.open('/iam/users/builder?tab=groups')
  await button('Add user to groups').click()
  await page.getByRole('dialog').getByLabel('Group name').fill('operators')
  await inDialog('Add user to group').click()
  await page.getByRole('link', { name: 'operators' }).waitFor()
  const { Groups } = await server.iam.send(new ListGroupsForUserCommand({ UserName: 'builder' }))
  expect(Groups!.map(({ GroupName }) => GroupName)).toEqual(['operators'])
  await button('Delete').click()
  await page.getByRole('dialog').getByRole('textbox').fill('delete')
  await inDialog('Delete').click()
  await page.getByRole('heading', { name: 'Users', level: 1 }).waitFor()
  await expect(server.iam.send(new ListGroupsForUserCommand({ UserName: 'builder' }))).rejects.toThrow(
    'cannot be found',
  )
})
