import type { AccountReport, NewAccountReport } from '../server/accounts-routes.ts'
import { CommandError, type CommandContext } from './command.ts'
import { findSigningTarget, type SigningTarget } from './running-server.ts'
import { signedRequest } from './signed-request.ts'

type Given = CommandContext['given']

/** Of a server that runs: it is asked, as the root of its first account. */
export async function account({ operands, given, source, print }: CommandContext): Promise<number> {
  const [what = ''] = operands
  checkOptions(what, given)
  const target = findSigningTarget(source)
  if (what === 'create') print(renderNew(await create(target, given)))
  else if (what === 'close') print(renderClosed(await close(target, given)))
  else print(renderList(await list(target)))
  return 0
}

const optionsOf: Readonly<Record<string, readonly string[]>> = {
  create: ['name', 'email'],
  list: [],
  close: ['id'],
}

/** @throws {CommandError} for an option of another word, or one that is missing */
function checkOptions(what: string, given: Given): void {
  const other = [...given.keys()].find((option) => !optionsOf[what]?.includes(option))
  if (other !== undefined) throw new CommandError(`account ${what} has no option --${other}`, 2)
  const needed = what === 'create' ? 'name' : what === 'close' ? 'id' : undefined
  if (needed !== undefined && !given.has(needed))
    throw new CommandError(`account ${what} needs --${needed}`, 2)
}

const path = '/muster/v1/accounts'

async function create(target: SigningTarget, given: Given): Promise<NewAccountReport> {
  const [name, email] = [given.get('name'), given.get('email')]
  const body = JSON.stringify({ name, ...(email !== undefined && { email }) })
  return (await signedRequest(target, { service: 'muster', method: 'POST', path, body })) as NewAccountReport
}

async function close(target: SigningTarget, given: Given): Promise<AccountReport> {
  const id = encodeURIComponent(given.get('id') ?? '')
  const request = {
    service: 'muster',
    method: 'POST',
    path: `${path}/close?accountId=${id}`,
    body: '',
  } as const
  return (await signedRequest(target, request)) as AccountReport
}

async function list(target: SigningTarget): Promise<AccountReport[]> {
  const answer = await signedRequest(target, { service: 'muster', method: 'GET', path })
  return (answer as { accounts: AccountReport[] }).accounts
}

const renderNew = ({ accountId, name, endpoint, accessKeyId, secretAccessKey }: NewAccountReport): string =>
  `The account ${accountId} (${name}) is there. Its devices connect to ${endpoint}.
The key of its root, which is not shown again:
export AWS_ACCESS_KEY_ID=${accessKeyId}
export AWS_SECRET_ACCESS_KEY=${secretAccessKey}
`

const renderClosed = ({ accountId, name }: AccountReport): string =>
  `The account ${accountId} (${name}) is closed: its keys, devices, rules, and functions have stopped.\n`

function renderList(accounts: readonly AccountReport[]): string {
  const width = Math.max(...accounts.map(({ name }) => name.length))
  const lines = accounts.map(({ accountId, name, status, isFirst, endpoint }) => {
    const mark = isFirst ? '  (the first)' : ''
    return `${accountId}  ${status.padEnd(6)}  ${name.padEnd(width)}  ${endpoint}${mark}\n`
  })
  return lines.join('')
}
