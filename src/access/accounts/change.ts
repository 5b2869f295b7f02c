/** Makes accounts and closes them: whoever is answered finds them served, or ended, everywhere. */
import { AwsError } from '../../api/aws/errors.ts'
import { commitChanges, type Fabric } from '../../fabric/in-process/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { createAccessRole, createRootKey } from '../identities/index.ts'
import {
  createAccountId,
  createEndpointPrefix,
  createRequestId,
  findEmailFault,
  isOpenAccount,
  maxAccounts,
  type Account,
} from './account.ts'
import { insertAccount, listAccounts, setClosed } from './store.ts'

export interface ChangeDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  accounts: { firstId: string }
  now: () => Date
}

export interface NewAccount {
  name: string
  /** Absent: one that nobody reads, made of the account id. */
  email?: string | undefined
  /** By which callers of the first account may act in it. */
  roleName?: string | undefined
  /** Whether its root gets a key. */
  wantsRootKey?: boolean
}

export interface CreatedAccount {
  account: Account
  /** Of its root, where it was asked for. */
  rootKey?: { accessKeyId: string; secretAccessKey: string }
}

const defaultRoleName = 'OrganizationAccountAccessRole'

/**
 * With a role for callers of the first account.
 * @throws {AwsError} `InvalidInputException` for what is no address, `AccountAlreadyExistsException` when an account has
 * it, `ConstraintViolationException` when there are as many as may be
 */
export async function createAccount(deps: ChangeDeps, wanted: NewAccount): Promise<CreatedAccount> {
  const { store, now, accounts } = deps
  return commit(deps, async (db) => {
    const account = newAccount(wanted, await listAccounts(db), now())
    const { accountId, createdAt } = account
    await insertAccount(db, account)
    const roleName = wanted.roleName ?? defaultRoleName
    await createAccessRole(db, { accountId, roleName, trustedAccountId: accounts.firstId, now: createdAt })
    if (wanted.wantsRootKey !== true) return { account }
    const key = await createRootKey(db, accountId, { secrets: store.secrets, now: createdAt })
    return { account, rootKey: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey } }
  })
}

/**
 * Its keys, devices, rules, and functions stop; its rows stay.
 * @throws {AwsError} `AccountNotFoundException`, `AccountAlreadyClosedException`, and `ConstraintViolationException` for the
 * first one
 */
export async function closeAccount(deps: ChangeDeps, accountId: string): Promise<Account> {
  const { now, accounts } = deps
  if (accountId === accounts.firstId)
    throw violation(
      'CANNOT_CLOSE_MANAGEMENT_ACCOUNT',
      `the account ${accountId} is the first one: it is not closed`,
    )
  const { account } = await commit(deps, async (db) => {
    const found = (await listAccounts(db)).find((one) => one.accountId === accountId)
    if (!found) throw accountNotFound(accountId)
    if (!isOpenAccount(found))
      throw new AwsError('AccountAlreadyClosedException', `the account ${accountId} is closed already`)
    const closedAt = now()
    await setClosed(db, accountId, closedAt)
    return { account: { ...found, closedAt } }
  })
  return account
}

export const accountNotFound = (accountId: string): AwsError =>
  new AwsError('AccountNotFoundException', `there is no account ${accountId}`)

const violation = (reason: string, message: string): AwsError =>
  new AwsError('ConstraintViolationException', message, { members: { Reason: reason } })

function commit<Changed extends { account: Account }>(
  { store, fabric }: ChangeDeps,
  work: (db: Db) => Promise<Changed>,
): Promise<Changed> {
  const changesOf = ({ account: { accountId } }: Changed) => [
    { accountId, kind: 'account' as const, id: accountId },
  ]
  return commitChanges({ store, fabric }, changesOf, work)
}

function newAccount({ name, email: given }: NewAccount, present: readonly Account[], now: Date): Account {
  if (present.length >= maxAccounts)
    throw violation('ACCOUNT_NUMBER_LIMIT_EXCEEDED', `a server has at most ${maxAccounts} accounts`)
  const accountId = createUnlike(createAccountId, new Set(present.map((one) => one.accountId)))
  const email = (given ?? `${accountId}@account.invalid`).toLowerCase()
  const fault = findEmailFault(email)
  if (fault !== undefined) throw new AwsError('InvalidInputException', fault)
  if (present.some((one) => one.email === email))
    throw new AwsError('AccountAlreadyExistsException', 'an account has this e-mail address')
  return {
    accountId,
    name,
    email,
    endpointPrefix: createUnlike(createEndpointPrefix, new Set(present.map((one) => one.endpointPrefix))),
    requestId: createRequestId(),
    createdAt: now,
  }
}

/** Random, and not one of those that there are. */
function createUnlike(create: () => string, present: ReadonlySet<string>): string {
  let made = create()
  while (present.has(made)) made = create()
  return made
}
