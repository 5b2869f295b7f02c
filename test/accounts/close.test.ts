/** `muster account`, and what is left of an account that was closed. */
import { CreateTopicRuleCommand, ListThingsCommand } from '@aws-sdk/client-iot'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import AWS from 'aws-sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Visitor } from '../console/visitor.ts'
import { openAccount, type AccountView } from '../helpers/accounts.ts'
import { closed, connectDevice } from '../helpers/device.ts'
import { runMuster, type Ended } from '../helpers/muster.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { makeIdentity, type Identity } from './treasure.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const muster = (...args: string[]): Promise<Ended> =>
  runMuster(['account', ...args, '--data-dir', server.dataDir], { directory: server.dataDir })

const connect = (identity: Identity, account: AccountView) =>
  connectDevice(server, { ...identity, mqtt: { servername: account.endpoints.endpoint } })

describe('muster account', () => {
  it('makes an account that its key opens, lists it, and closes it', async () => {
    const made = await muster('create', '--name', 'acme', '--email', 'iot@acme.example')
    expect(made.code).toBe(0)
    const [, accountId = ''] = /^The account (\d{12}) \(acme\) is there/.exec(made.stdout) ?? []
    expect(made.stdout).toMatch(/AWS_ACCESS_KEY_ID=AKIA\w{16}\nexport AWS_SECRET_ACCESS_KEY=\S{40}\n$/)
    expect((await muster('list')).stdout).toMatch(
      new RegExp(`^${accountId}  ACTIVE  acme .*-ats.localhost$`, 'm'),
    )
    expect((await muster('close', '--id', accountId)).code).toBe(0)
    expect((await muster('list')).stdout).toContain(`${accountId}  CLOSED  acme`)
  })

  it.each([
    ['create', [], 'account create needs --name'],
    ['close', [], 'account close needs --id'],
    [
      'close',
      ['999999999999'],
      'account close takes options alone, got "999999999999"; muster account --help',
    ],
    ['list', ['--name', 'x'], 'account list has no option --name'],
    ['close', ['--id', '999999999999'], 'there is no account 999999999999'],
    ['close', ['--id', '000000000000'], 'it is not closed'],
    ['create', ['--name', 'x', '--email', 'nobody'], 'Email must be an address'],
  ])('refuses %s %j', async (word, args, message) => {
    const { code, stderr } = await muster(word, ...args)
    expect(code).toBeGreaterThan(0)
    expect(stderr).toContain(message)
  })
})

describe('an account that is closed', () => {
  it('has its devices cut off and let in no more, its keys and sessions refused, and its rows kept', async () => {
    const account = await openAccount(server, 'short-lived')
    const identity = await makeIdentity(account, 'own')
    const topicRulePayload = { sql: "SELECT * FROM 'a'", actions: [] }
    await account.iot.send(new CreateTopicRuleCommand({ ruleName: 'own', topicRulePayload }))
    const device = await connect(identity, account)
    const visitor = new Visitor(server.endpoints.apiUrl)
    expect((await visitor.signIn(account.rootKey)).status).toBe(200)
    const ended = closed(device)
    await organizations(server).closeAccount({ AccountId: account.endpoints.accountId }).promise()
    await ended
    await expect(connect(identity, account)).rejects.toThrow(/closed|alt/i)
    await expect(connect(identity, server)).rejects.toThrow('closed')
    await expect(account.iot.send(new ListThingsCommand({}))).rejects.toMatchObject({
      name: /UnrecognizedClient|InvalidClientTokenId/,
    })
    expect((await visitor.call({ path: '/console/session' })).status).toBe(403)
    const { Accounts = [] } = await organizations(server).listAccounts().promise()
    const { accountId } = account.endpoints
    expect(Accounts.find(({ Id }) => Id === accountId)).toMatchObject({ Status: 'SUSPENDED' })
  })
})

it('is entered from the first account by its role', async () => {
  const { CreateAccountStatus: made } = await organizations(server)
    .createAccount({ AccountName: 'entered', Email: 'entered@example.com' })
    .promise()
  const { apiUrl: endpoint, region } = server.endpoints
  const sts = new STSClient({ endpoint, region, credentials: server.rootKey, maxAttempts: 1 })
  const RoleArn = `arn:aws:iam::${made?.AccountId}:role/OrganizationAccountAccessRole`
  const { AssumedRoleUser } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }))
  expect(AssumedRoleUser?.Arn).toBe(
    `arn:aws:sts::${made?.AccountId}:assumed-role/OrganizationAccountAccessRole/me`,
  )
})

const organizations = ({ endpoints, rootKey }: TestServer) =>
  new AWS.Organizations({
    endpoint: endpoints.apiUrl,
    region: 'us-east-1',
    credentials: rootKey,
    maxRetries: 0,
  })
