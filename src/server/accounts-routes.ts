/** Muster's own API: the accounts of the server, for the first one. */
import {
  closeAccount,
  createAccount,
  type Account,
  type Accounts,
  type ChangeDeps,
} from '../access/accounts/index.ts'
import { iotError } from '../api/aws/errors.ts'
import type { OwnRoute } from '../api/http/index.ts'
import { formatArn } from '../lib/arn.ts'

export interface AccountReport {
  accountId: string
  name: string
  email: string
  status: 'ACTIVE' | 'CLOSED'
  isFirst: boolean
  /** The host name that its devices connect to. */
  endpoint: string
  /** ISO 8601. */
  createdAt: string
  closedAt?: string
}

export interface NewAccountReport extends AccountReport {
  /** Of its root; the secret is told in this answer alone. */
  accessKeyId: string
  secretAccessKey: string
}

interface AccountsRoutesDeps extends ChangeDeps {
  accounts: Accounts
}

/** `GET` and `POST /muster/v1/accounts` with `{"name", "email"}`, and `POST /muster/v1/accounts/close?accountId=`. */
export function accountsRoutes(
  deps: AccountsRoutesDeps,
  { accountId, region }: { accountId: string; region: string },
): OwnRoute[] {
  const { accounts } = deps
  const resource = formatArn({ service: 'muster', region, accountId, resource: 'accounts' })
  const path = '/muster/v1/accounts'
  return [
    {
      method: 'GET',
      path,
      action: 'muster:ListAccounts',
      resource,
      handle: async () => ({ accounts: accounts.list().map((account) => report(account, accounts)) }),
    },
    {
      method: 'POST',
      path,
      action: 'muster:CreateAccount',
      resource,
      async handle(_query, _context, body): Promise<NewAccountReport> {
        const { account, rootKey } = await createAccount(deps, {
          ...readNewAccount(body),
          wantsRootKey: true,
        })
        if (!rootKey) throw new Error('an account was made without the key that was asked for')
        return { ...report(account, accounts), ...rootKey }
      },
    },
    {
      method: 'POST',
      path: `${path}/close`,
      action: 'muster:CloseAccount',
      resource,
      handle: async (query) => report(await closeAccount(deps, query.get('accountId') ?? ''), accounts),
    },
  ]
}

function report(account: Account, accounts: Accounts): AccountReport {
  const { accountId, name, email, createdAt, closedAt } = account
  return {
    accountId,
    name,
    email,
    status: accounts.isOpen(accountId) ? 'ACTIVE' : 'CLOSED',
    isFirst: accountId === accounts.firstId,
    endpoint: accounts.endpointOf(accountId),
    createdAt: createdAt.toISOString(),
    ...(closedAt && { closedAt: closedAt.toISOString() }),
  }
}

const maxNameCharacters = 50

/** @throws {AwsError} `InvalidRequestException` */
function readNewAccount(body: Uint8Array): { name: string; email?: string } {
  const { name, email, ...others } = parseObject(body)
  const [other] = Object.keys(others)
  if (other !== undefined) throw invalid(`expected name and email, got "${other.slice(0, 100)}"`)
  if (typeof name !== 'string' || !/^[\x20-\x7e]+$/.test(name) || name.length > maxNameCharacters)
    throw invalid(`name must be 1 to ${maxNameCharacters} printable ASCII characters`)
  if (email === undefined) return { name }
  if (typeof email !== 'string') throw invalid('email must be a text')
  return { name, email }
}

function parseObject(body: Uint8Array): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(Buffer.from(body).toString())
    if (typeof document === 'object' && document !== null && !Array.isArray(document))
      return document as Record<string, unknown>
  } catch {
    // as what is no object
  }
  throw invalid('expected a JSON object as the body')
}

const invalid = (text: string) => iotError('InvalidRequestException', text)
