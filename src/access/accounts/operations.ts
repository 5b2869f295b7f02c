/** What AWS Organizations offers of accounts, to the first account. Source: AWS Organizations API Reference. */
import { hash } from 'node:crypto'
import { AwsError } from '../../api/aws/errors.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'
import { formatArn } from '../../lib/arn.ts'
import { isOpenAccount, type Account } from './account.ts'
import type { Accounts } from './accounts.ts'
import { accountNotFound, closeAccount, createAccount, type ChangeDeps } from './change.ts'

interface CreateAccountInput {
  AccountName: string
  Email: string
  RoleName?: string
  Tags?: readonly unknown[]
}

interface PageInput {
  NextToken?: string
  MaxResults?: number
}

export interface OrganizationsDeps extends ChangeDeps {
  accounts: Pick<Accounts, 'firstId' | 'list' | 'find'>
}

type Asked = Pick<CallContext, 'accountId'>

const defaultPageSize = 20

export function organizationsOperations(deps: OrganizationsDeps) {
  const { accounts } = deps
  const { firstId } = accounts

  return {
    async CreateAccount(
      { AccountName, Email, RoleName, Tags = [] }: CreateAccountInput,
      { accountId }: Asked,
    ) {
      checkFirst(accountId, firstId)
      if (Tags.length > 0)
        throw new AwsError('InvalidInputException', 'Tags of accounts are not offered by Muster')
      try {
        const { account } = await createAccount(deps, { name: AccountName, email: Email, roleName: RoleName })
        return { CreateAccountStatus: describeCreation(account) }
      } catch (cause) {
        const failure = cause instanceof AwsError ? failures[cause.code] : undefined
        if (failure === undefined) throw cause
        return { CreateAccountStatus: { AccountName, State: 'FAILED', FailureReason: failure } }
      }
    },

    async DescribeCreateAccountStatus(input: { CreateAccountRequestId: string }, { accountId }: Asked) {
      checkFirst(accountId, firstId)
      const { CreateAccountRequestId: id } = input
      const account = accounts.list().find(({ requestId }) => requestId === id)
      if (!account) throw new AwsError('CreateAccountStatusNotFoundException', `there is no request ${id}`)
      return { CreateAccountStatus: describeCreation(account) }
    },

    async ListAccounts({ NextToken, MaxResults = defaultPageSize }: PageInput, { accountId }: Asked) {
      checkFirst(accountId, firstId)
      const all = accounts.list()
      const from = placeAfter(all, NextToken)
      const page = all.slice(from, from + MaxResults)
      const last = from + MaxResults < all.length ? page.at(-1) : undefined
      return {
        Accounts: page.map((account) => describe(account, firstId)),
        ...(last && { NextToken: encodeMarker(last.accountId) }),
      }
    },

    async DescribeAccount({ AccountId }: { AccountId: string }, { accountId }: Asked) {
      checkFirst(accountId, firstId)
      const account = accounts.find(AccountId)
      if (!account) throw accountNotFound(AccountId)
      return { Account: describe(account, firstId) }
    },

    async CloseAccount({ AccountId }: { AccountId: string }, { accountId }: Asked) {
      checkFirst(accountId, firstId)
      await closeAccount(deps, AccountId)
    },
  }
}

/** What CreateAccount tells in its answer, as on AWS, where the account is made later. */
const failures: Readonly<Record<string, string>> = { AccountAlreadyExistsException: 'EMAIL_ALREADY_EXISTS' }

/** @throws {AwsError} `AccessDeniedException`: the others are its members */
function checkFirst(accountId: string, firstId: string): void {
  if (accountId === firstId) return
  throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.")
}

function placeAfter(all: readonly Account[], token: string | undefined): number {
  if (token === undefined) return 0
  const after = decodeMarker(token)
  const place = all.findIndex(({ accountId }) => accountId === after)
  if (place === -1)
    throw new AwsError('InvalidInputException', 'NextToken is not one that this server gave out')
  return place + 1
}

/** assumed: made of the account that has it, as there is one organization. */
const organizationIdOf = (firstId: string): string => `o-${hash('sha256', firstId, 'hex').slice(0, 10)}`

const accountArn = (firstId: string, accountId: string): string =>
  formatArn({
    service: 'organizations',
    region: '',
    accountId: firstId,
    resource: `account/${organizationIdOf(firstId)}/${accountId}`,
  })

function describe(account: Account, firstId: string) {
  const { accountId, name, email, createdAt } = account
  const isOpen = isOpenAccount(account) || accountId === firstId
  return {
    Id: accountId,
    Arn: accountArn(firstId, accountId),
    Email: email,
    Name: name,
    Status: isOpen ? 'ACTIVE' : 'SUSPENDED',
    State: isOpen ? 'ACTIVE' : 'CLOSED',
    JoinedMethod: accountId === firstId ? 'INVITED' : 'CREATED',
    JoinedTimestamp: createdAt,
  }
}

const describeCreation = ({ requestId, name, accountId, createdAt }: Account) => ({
  Id: requestId,
  AccountName: name,
  State: 'SUCCEEDED',
  RequestedTimestamp: createdAt,
  CompletedTimestamp: createdAt,
  AccountId: accountId,
})

type Scope = { accountId: string }

const ofAll = () => ({ resources: ['*'] })
const ofAccount = ({ AccountId }: { AccountId: string }, { accountId }: Scope) => ({
  resources: [accountArn(accountId, AccountId)],
})

/** Source: Service Authorization Reference, "AWS Organizations". */
export const organizationsPermissions = {
  CreateAccount: ofAll,
  DescribeCreateAccountStatus: ofAll,
  ListAccounts: ofAll,
  DescribeAccount: ofAccount,
  CloseAccount: ofAccount,
}
