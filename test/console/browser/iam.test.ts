/** Users, roles, and policies in the console, beyond the steps of the published walkthroughs. */
import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListGroupsForUserCommand,
} from '@aws-sdk/client-iam'
import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { createProvisioningRole } from '../../helpers/jitp.ts'
import { document } from '../../helpers/jitr.ts'
import type { TestServer } from '../../helpers/server.ts'
import type { Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit
let page: Page

visitEachTest(
  (here) => {
    ;({ server, visit, page } = here)
  },
  {
    isNowhere: true,
    prepare: async (prepared) => {
      await createProvisioningRole(prepared)
      const PolicyDocument = document({ Effect: 'Allow', Action: 'iot:*', Resource: '*' })
      await prepared.iam.send(new CreatePolicyCommand({ PolicyName: 'JITR', PolicyDocument }))
      await prepared.iam.send(new CreateUserCommand({ UserName: 'builder' }))
    },
  },
)

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
const inDialog = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true })
const goTo = async (name: string) => {
  const navigation = page.getByRole('navigation', { name: 'Navigation' })
  await navigation.getByRole('link', { name, exact: true }).last().click()
}
/** Replaces what stands in an editor. */
async function type(label: string, text: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: label }).last()
  await editor.click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
}

it('takes no document that is no JSON, and turns a key off', async () => {
  await visit.open('/create/iam-policy')
  await page.getByLabel('Policy name').fill('torn')
  await type('JSON', '{ "Version": ')
  await expect.poll(() => button('Create policy').isDisabled()).toBe(true)

  const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName: 'builder' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const sts = new STSClient({ endpoint: visit.origin, region: 'us-east-1', credentials })
  await visit.open('/iam/users/builder?tab=credentials')
  await button(`Actions for ${credentials.accessKeyId}`).click()
  await page.getByRole('menuitem', { name: 'Deactivate' }).click()
  await inDialog('Deactivate').click()
  await page.getByText('Inactive').waitFor()
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow('invalid')
  sts.destroy()
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
  await visit.open('/')
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
