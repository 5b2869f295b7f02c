import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rootContext } from '../../../test/helpers/call-context.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { createLocalFabric, type Fabric } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { createIdentities, type Identities } from '../identities/index.ts'
import { findEmailFault, isAccountEndpoint } from './account.ts'
import { openAccounts, type Accounts } from './accounts.ts'
import { closeAccount, createAccount, type NewAccount } from './change.ts'
import { organizationsOperations } from './operations.ts'

const accountId = '000000000000'
const endpoint = 'iot.example.com'
let clock: Date
const now = () => clock
let store: Store
let fabric: Fabric
let accounts: Accounts
let identities: Identities

const open = (first = accountId) => openAccounts({ store, fabric, accountId: first, endpoint, now })
const create = (wanted: Partial<NewAccount> = {}) =>
  createAccount({ store, fabric, accounts, now }, { name: 'acme', wantsRootKey: true, ...wanted })
const close = (id: string) => closeAccount({ store, fabric, accounts, now }, id)

beforeEach(async () => {
  clock = new Date('2026-01-02T03:04:05Z')
  store = await openTestStore()
  fabric = createLocalFabric()
  accounts = await open()
  identities = createIdentities({ store, fabric, accountId, accounts, now })
})
afterEach(async () => {
  identities[Symbol.dispose]()
  accounts[Symbol.dispose]()
  await store[Symbol.asyncDispose]()
})

describe('the first account', () => {
  it('is there from the first start, and made once', async () => {
    using again = await open()
    expect(again.list()).toEqual(accounts.list())
    expect(accounts.list()).toMatchObject([{ accountId, name: 'first' }])
    expect(accounts.openIds()).toEqual([accountId])
    expect(accounts.endpointOf(accountId)).toBe(endpoint)
  })

  it('cannot be closed', async () => {
    await expect(close(accountId)).rejects.toMatchObject({
      code: 'ConstraintViolationException',
      members: { Reason: 'CANNOT_CLOSE_MANAGEMENT_ACCOUNT' },
    })
  })

  it('is open, though it was closed as another one', async () => {
    const { account } = await create()
    await close(account.accountId)
    using again = await open(account.accountId)
    expect(again.isOpen(account.accountId)).toBe(true)
    expect(again.openIds()).toEqual([account.accountId, accountId])
  })
})

describe('an account that is made', () => {
  it('is served when that is answered, with an endpoint and a key of its own', async () => {
    const served: string[] = []
    await accounts.forEach((id) => {
      served.push(id)
      return { [Symbol.dispose]: () => void served.push(`-${id}`) }
    })
    const { account, rootKey } = await create()
    expect(served).toEqual([accountId, account.accountId])
    expect(account.accountId).toMatch(/^[1-9]\d{11}$/)
    expect(accounts.endpointOf(account.accountId)).toBe(`${account.endpointPrefix}.${endpoint}`)
    expect(accounts.isEndpoint(accounts.endpointOf(account.accountId))).toBe(true)
    const credential = await identities.findCredential(rootKey?.accessKeyId ?? '')
    expect(credential?.caller).toMatchObject({ accountId: account.accountId, kind: 'root' })
    await close(account.accountId)
    expect(served.at(-1)).toBe(`-${account.accountId}`)
  })

  it('has no key of its root unless that is asked for', async () => {
    expect((await create({ wantsRootKey: false })).rootKey).toBeUndefined()
  })

  it('has a role for the first account, and for no other', async () => {
    const { account } = await create()
    const { account: third } = await create({ name: 'third' })
    const roleArn = `arn:aws:iam::${account.accountId}:role/OrganizationAccountAccessRole`
    const assume = (id: string) =>
      identities.getAssumableRole(rootContext(id).caller, { roleArn, conditions: {} })
    expect(await assume(accountId)).toMatchObject({ arn: roleArn })
    await expect(assume(third.accountId)).rejects.toMatchObject({ code: 'AccessDenied' })
  })

  it.each([
    '',
    'nobody',
    'a@b',
    'two@@example.com',
    `${'x'.repeat(60)}@example.com`,
    'a b@example.com',
    '.a@example.com',
  ])('has no address such as %j', async (email) => {
    expect(findEmailFault(email)).toContain('Email must be')
    await expect(create({ email })).rejects.toMatchObject({ code: 'InvalidInputException' })
    expect(accounts.list()).toHaveLength(1)
  })

  it('has an address that no other has', async () => {
    await create({ email: 'iot@acme.example' })
    await expect(create({ email: 'IOT@acme.example' })).rejects.toMatchObject({
      code: 'AccountAlreadyExistsException',
    })
  })
})

describe('an account that is closed', () => {
  it('has keys and roles no more, and is told of once', async () => {
    const { account, rootKey } = await create()
    const closed: string[] = []
    accounts.onClosed((id) => void closed.push(id))
    await identities.findCredential(rootKey?.accessKeyId ?? '')
    await close(account.accountId)
    expect(closed).toEqual([account.accountId])
    expect(accounts.isOpen(account.accountId)).toBe(false)
    expect(await identities.findCredential(rootKey?.accessKeyId ?? '')).toBeUndefined()
    const roleArn = `arn:aws:iam::${account.accountId}:role/OrganizationAccountAccessRole`
    const { caller } = rootContext(accountId)
    await expect(identities.getAssumableRole(caller, { roleArn, conditions: {} })).rejects.toMatchObject({
      code: 'AccessDenied',
    })
  })

  it.each([
    ['again', (id: string) => id, 'AccountAlreadyClosedException'],
    ['that is not there', () => '999999999999', 'AccountNotFoundException'],
  ])('cannot be closed %s', async (_what, idOf, code) => {
    const { account } = await create()
    await close(account.accountId)
    await expect(close(idOf(account.accountId))).rejects.toMatchObject({ code })
  })

  it('is closed after a start too', async () => {
    const { account } = await create()
    await close(account.accountId)
    using again = await open()
    expect(again.openIds()).toEqual([accountId])
    expect(again.find(account.accountId)).toMatchObject({ closedAt: clock })
  })
})

describe('AWS Organizations', () => {
  const operations = () => organizationsOperations({ store, fabric, accounts, now })
  const context = rootContext(accountId)

  it('makes an account, and tells of it', async () => {
    const input = { AccountName: 'acme', Email: 'iot@acme.example' }
    const { CreateAccountStatus: made } = await operations().CreateAccount(input, context)
    expect(made).toMatchObject({ State: 'SUCCEEDED', AccountName: 'acme' })
    const { Id: CreateAccountRequestId = '', AccountId = '' } = made as { Id?: string; AccountId?: string }
    const asked = await operations().DescribeCreateAccountStatus({ CreateAccountRequestId }, context)
    expect(asked.CreateAccountStatus).toEqual(made)
    const { Account } = await operations().DescribeAccount({ AccountId }, context)
    expect(Account).toMatchObject({ Id: AccountId, Status: 'ACTIVE', JoinedMethod: 'CREATED' })
    await operations().CloseAccount({ AccountId }, context)
    const { Account: closed } = await operations().DescribeAccount({ AccountId }, context)
    expect(closed).toMatchObject({ Status: 'SUSPENDED', State: 'CLOSED' })
    const { CreateAccountStatus: failed } = await operations().CreateAccount(input, context)
    expect(failed).toMatchObject({ State: 'FAILED', FailureReason: 'EMAIL_ALREADY_EXISTS' })
  })

  it('lists in pages', async () => {
    for (const name of ['one', 'two']) await create({ name })
    const first = await operations().ListAccounts({ MaxResults: 2 }, context)
    const { NextToken = '' } = first
    const second = await operations().ListAccounts({ MaxResults: 2, NextToken }, context)
    expect([...first.Accounts, ...second.Accounts].map(({ Name }) => Name)).toHaveLength(3)
    expect(second.NextToken).toBeUndefined()
    await expect(operations().ListAccounts({ NextToken: 'bm9uZQ==' }, context)).rejects.toMatchObject({
      code: 'InvalidInputException',
    })
  })

  it.each([
    ['ListAccounts', {}],
    ['DescribeAccount', { AccountId: accountId }],
    ['CloseAccount', { AccountId: accountId }],
    ['CreateAccount', { AccountName: 'x', Email: 'x@example.com' }],
    ['DescribeCreateAccountStatus', { CreateAccountRequestId: 'car-00000000' }],
  ] as const)('refuses %s to every other account', async (operation, input) => {
    const { account } = await create()
    const call = operations()[operation] as (input: object, context: object) => Promise<unknown>
    await expect(call(input, rootContext(account.accountId))).rejects.toMatchObject({
      code: 'AccessDeniedException',
    })
  })

  it.each([
    ['DescribeAccount', { AccountId: '999999999999' }, 'AccountNotFoundException'],
    [
      'DescribeCreateAccountStatus',
      { CreateAccountRequestId: 'car-0' },
      'CreateAccountStatusNotFoundException',
    ],
    ['CreateAccount', { AccountName: 'x', Email: 'x@example.com', Tags: [{}] }, 'InvalidInputException'],
    ['CreateAccount', { AccountName: 'x', Email: 'x@@example.com' }, 'InvalidInputException'],
  ] as const)('refuses %s of %j', async (operation, input, code) => {
    const call = operations()[operation] as (input: object, context: object) => Promise<unknown>
    await expect(call(input, context)).rejects.toMatchObject({ code })
  })
})

it.each([
  ['a0123456789abc-ats.iot.example.com', true],
  ['a0123456789abc-ats.example.com', false],
  ['b0123456789abc-ats.iot.example.com', false],
  ['iot.example.com', false],
])('says whether %s is kept for an account: %s', (name, expected) => {
  expect(isAccountEndpoint(name, endpoint)).toBe(expected)
})
