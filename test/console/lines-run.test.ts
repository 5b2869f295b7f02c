/**
 * "Show as CLI" is true: what the aws command line does with each line at a real server is what the button beside it does,
 * in what is answered and in what is stored.
 */
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toCli } from '../../console/src/kit/to-cli.ts'
import { offeredPermissions } from '../../src/server/offered-services.ts'
import { openAccount, type Account, type Call, type Service } from '../authorization/account.ts'
import { prepare, waysOf, type Subject } from '../authorization/walk.ts'
import { lacks } from '../helpers/programs.ts'
import { functionZip, openCommandLine, operationsTooNew, type CommandLine } from './cli-lines.ts'
import { mask, ofButton, ofLine } from './line-outcomes.ts'
import { Visitor } from './visitor.ts'

let account: Account
let visitor: Visitor
let commandLine: CommandLine

beforeAll(async () => {
  account = await openAccount()
  const { endpoints, rootKey } = account.server
  visitor = new Visitor(endpoints.apiUrl)
  await visitor.signIn(rootKey)
  commandLine = openCommandLine('run', {
    AWS_ENDPOINT_URL: endpoints.apiUrl,
    AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    AWS_MAX_ATTEMPTS: '1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  })
})
afterAll(async () => {
  commandLine[Symbol.dispose]()
  await account[Symbol.asyncDispose]()
})

const operations = Object.entries(offeredPermissions).flatMap(([service, permissions]) =>
  Object.keys(permissions)
    .filter((operation) => !operationsTooNew.has(`${service} ${operation}`))
    .map((operation) => ({ service: service as Service, operation })),
)

/** As the page has it: bytes in base64, times in seconds; a function's package is the file that lines name. */
function toPageInput(value: unknown, member = ''): unknown {
  if (value instanceof Uint8Array)
    return Buffer.from(member === 'ZipFile' ? functionZip : value).toString('base64')
  if (value instanceof Date) return value.getTime() / 1000
  if (Array.isArray(value)) return value.map((item) => toPageInput(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, toPageInput(inside, name)]))
}

const press = async ({ service, operation, input }: Call) =>
  ofButton(await visitor.operation(service, operation, input))

async function type(call: Call) {
  const { Password = '', OldPassword = '', NewPassword = '' } = call.input as Record<string, string>
  const variables = { PASSWORD: Password, OLD_PASSWORD: OldPassword, NEW_PASSWORD: NewPassword }
  const [outcome] = await commandLine.read([toCli(call)], variables)
  return ofLine(outcome!)
}

const toPageCall = ({ call }: Subject): Call => ({ ...call, input: toPageInput(call.input) as object })

/** All rows in which what the call named is a value. */
const storedOf = async (subject: Subject) => (await account.rowsWith(namesIn(subject))).map(mask)

const namesIn = ({ judged }: Subject) => [...judged.values()].flatMap(({ name, arn }) => [name, arn])

const areApart = (one: Subject, other: Subject) =>
  new Set(namesIn(one)).isDisjointFrom(new Set(namesIn(other)))

describe.skipIf(lacks('aws', 'python3')).each(operations)('$service $operation', (one) => {
  it('does the same, typed and pressed', async () => {
    const way = waysOf(one)[0]!
    const pressed = await prepare(account, one, way)
    const byButton = await press(toPageCall(pressed))
    const stored = await storedOf(pressed)
    const typed = await prepare(account, one, way)
    const byLine = await type(toPageCall(typed))
    expect(byLine).toEqual(byButton)
    // what the button left may have been worked on since, in the background, as what the line left will be
    const left = async () => ({
      byLine: await storedOf(typed),
      byButton: [stored, ...(areApart(pressed, typed) ? [await storedOf(pressed)] : [])],
    })
    await expect
      .poll(left)
      .toSatisfy(({ byLine: typedRows, byButton: pressedRows }: Awaited<ReturnType<typeof left>>) =>
        pressedRows.some((rows) => isDeepStrictEqual(rows, typedRows)),
      )
  })
})
