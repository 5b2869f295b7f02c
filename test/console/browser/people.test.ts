/** People in the console: passwords, MFA devices, and signing in with them. */
import { createHmac } from 'node:crypto'
import { AttachUserPolicyCommand, GetLoginProfileCommand, ListMFADevicesCommand } from '@aws-sdk/client-iam'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { TestServer } from '../../helpers/server.ts'
import { findViolations } from './axe.ts'
import { signInByLink, type Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit
let page: Page

visitEachTest(
  (here) => {
    ;({ server, visit, page } = here)
  },
  { isSignedIn: false },
)

const UserName = 'ann'
const first = 'Correct-horse-1'
const second = 'Another-horse-2'
let seed: string

const button = (name: string) => page.getByRole('button', { name, exact: true })
const inDialog = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true })
const message = () => page.getByRole('alert')

/** What an authenticator app shows, so many steps from now. */
function codeOf(ahead: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = Array.from(seed, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const mac = createHmac('sha1', key).update(counter).digest()
  const number = mac.readUInt32BE(mac.at(-1)! & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

async function fillIn(account: string, password: string): Promise<void> {
  await visit.open('/iam/security-credentials')
  await page.getByLabel('a user name and password').check()
  await page.getByLabel('Account ID or alias').fill(account)
  await page.getByLabel('IAM user name').fill(UserName)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await button('Sign in').click()
}

it('a user with console access is made, and an alias for the account', async () => {
  await signInByLink(visit, server)
  await visit.open('/create/user')
  await page.getByLabel('User name').fill(UserName)
  await page.getByRole('checkbox', { name: 'Console access' }).click()
  await page.getByLabel('Custom password').fill(first)
  await page.getByText('Show as CLI').first().click()
  await page.getByText('--password="$PASSWORD"').first().waitFor()
  await expect.poll(() => page.getByText(first).count()).toBe(0)
  await page.getByRole('searchbox', { name: 'Search policies' }).fill('IAMUserChange')
  await page.getByRole('checkbox', { name: 'Select IAMUserChangePassword' }).click()
  expect(await findViolations(page)).toEqual([])
  await button('Create user').click()
  await page.getByRole('heading', { name: UserName, level: 1 }).waitFor()
  const { LoginProfile } = await server.iam.send(new GetLoginProfileCommand({ UserName }))
  expect(LoginProfile).toMatchObject({ PasswordResetRequired: true })
  await page.getByRole('tab', { name: 'Security credentials' }).click()
  await page.getByText('At the next sign-in').waitFor()
  expect(await findViolations(page)).toEqual([])

  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await server.iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }))
  await visit.open('/iam/account-settings')
  await button('Account alias').click()
  await page.getByRole('menuitem', { name: 'Create or edit' }).click()
  await page.getByLabel('Preferred alias').fill('lamp-makers')
  await inDialog('Save changes').click()
  await page.getByText('lamp-makers').waitFor()
  await button('Edit').click()
  await page.getByLabel('Minimum length').fill('10')
  await page.getByRole('checkbox', { name: 'Allow users to change their own password' }).click()
  await inDialog('Save changes').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await findViolations(page)).toEqual([])
})

it('they sign in, change the password as they must, and assign an MFA device', async () => {
  await fillIn('lamp-makers', 'Wrong-horse-1')
  await message().getByText('do not belong together').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(first)
  await button('Sign in').click()
  await page.getByLabel('New password', { exact: true }).fill(second)
  await page.getByLabel('Retype new password').fill('something else')
  expect(await findViolations(page)).toEqual([])
  await button('Sign in').click()
  await message().getByText('not the same').waitFor()
  await page.getByLabel('New password', { exact: true }).fill('short')
  await page.getByLabel('Retype new password').fill('short')
  await button('Sign in').click()
  await message().getByText('minimum length of 10').waitFor()
  await page.getByLabel('New password', { exact: true }).fill(second)
  await page.getByLabel('Retype new password').fill(second)
  await button('Sign in').click()
  await page.getByRole('heading', { name: 'My security credentials' }).waitFor()

  await button('Assign MFA device').click()
  await page.getByLabel('Device name').fill('phone')
  await inDialog('Next').click()
  await page.getByRole('img', { name: 'QR code of the secret key' }).waitFor()
  seed =
    (await page
      .getByRole('dialog')
      .getByText(/^[A-Z2-7]{64}$/)
      .textContent()) ?? ''
  expect(await findViolations(page)).toEqual([])
  await page.getByLabel('MFA code 1').fill('000000')
  await page.getByLabel('MFA code 2').fill('111111')
  await inDialog('Add MFA').click()
  await page.getByText('InvalidAuthenticationCode').first().waitFor()
  await page.getByLabel('MFA code 1').fill(codeOf(-2))
  await page.getByLabel('MFA code 2').fill(codeOf(-1))
  await inDialog('Add MFA').click()
  await page.getByText(':mfa/phone').waitFor()
  const { MFADevices } = await server.iam.send(new ListMFADevicesCommand({ UserName }))
  expect(MFADevices).toHaveLength(1)
})

it('they give a code from then on, and are signed out when they change the password', async () => {
  await fillIn('000000000000', second)
  await page.getByLabel('MFA code').fill('000000')
  await button('Sign in').click()
  await message().getByText('do not belong together').waitFor()
  await page.getByLabel('MFA code').fill(codeOf(1))
  await button('Sign in').click()
  await page.getByRole('heading', { name: 'My security credentials' }).waitFor()
  await visit.open('/sessions')
  await page.getByText('Password and MFA code').first().waitFor()
  await visit.open('/iam/security-credentials')
  await button('Update password').click()
  await page.getByLabel('Current password').fill(second)
  await page.getByLabel('New password', { exact: true }).fill('And-another-horse-3')
  await page.getByLabel('Confirm new password').fill('And-another-horse-3')
  await inDialog('Update password').click()
  await button('Sign in').waitFor()
  expect(new URL(page.url()).pathname).toBe('/console/sign-in')
})
