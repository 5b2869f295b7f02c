/** Functions on a server of their own, with an API that they can call, for the tests of this folder. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  type CreateFunctionRequest,
  type InvokeCommandInput,
} from '@aws-sdk/client-lambda'
import { strToU8, zipSync, type Zippable } from 'fflate'
import { pino } from 'pino'
import { createLocalFabric, type Fabric } from '../../fabric/in-process/index.ts'
import { startHttp, type OfferedServices } from '../../api/http/index.ts'
import {
  createIdentities,
  createServiceSession,
  type Identities,
  iamOperations,
  iamPermissions,
  stsOperations,
  stsPermissions,
} from '../../access/identities/index.ts'
import type { Store } from '../../store/index.ts'
import { codePath } from '../code/code-links.ts'
import { createFunctions, type Functions, type FunctionsOptions } from '../functions.ts'
import type { FunctionFailure } from '../invocations/failure-record.ts'
import { lambdaOperations } from '../operations.ts'
import { lambdaPermissions } from '../permissions.ts'
import { patienceMs } from '../../../test/helpers/patience.ts'
import { openStoreIn } from '../../../test/helpers/store.ts'

export const accountId = '000000000000'
export const region = 'us-east-1'
export const roleArn = `arn:aws:iam::${accountId}:role/worker`
/** A role that trusts somebody else. */
export const foreignRoleArn = `arn:aws:iam::${accountId}:role/foreign`

interface ServiceParts {
  store: Store
  fabric: Fabric
  identities: Identities
  now: () => Date
  directory: string
}

interface AccountOptions extends FunctionsOptions {
  /** Instead of a fresh directory, which is deleted at the end. */
  directory?: string
  services?: (parts: ServiceParts) => Promise<OfferedServices>
  /** Besides the directory. */
  hiddenPlaces?: readonly string[]
  /** Leaves it to the test to call `functions.resume`. */
  isHeld?: boolean
}

const offer = (operations: object, permissions: object) =>
  ({ operations, permissions }) as NonNullable<OfferedServices['lambda']>

export async function openTestAccount(account: AccountOptions = {}) {
  const { directory: given, services, hiddenPlaces = [], isHeld, ...options } = account
  const directory = given ?? (await mkdtemp(join(tmpdir(), 'functions-test-')))
  const store = await openStoreIn(directory)
  const fabric = createLocalFabric()
  const now = () => new Date()
  const identities = createIdentities({ store, fabric, accountId, now })
  const parts = { directory, store, fabric, identities, now }
  const logged: Logged[] = []
  let url = ''
  const functions = await openFunctions(parts, { logged, options, hiddenPlaces, apiUrl: () => url })
  const failures: FunctionFailure[] = []
  functions.onFailure((failure) => failures.push(failure))
  const http = await listen({ ...parts, functions }, await services?.(parts))
  url = http.url
  if (isHeld !== true) functions.resume()
  const client = { endpoint: url, region, credentials: await identities.ensureRootKey(), maxAttempts: 1 }
  if (given === undefined) await createRoles(client)
  return {
    directory,
    store,
    functions,
    logged,
    failures,
    client,
    url,
    ...callsOf(new LambdaClient(client)),

    /** Makes the roles in a directory that was given. */
    seed: () => createRoles(client),

    /** What the function logged so far. */
    logOf: (name: string) =>
      logged.filter(({ group }) => group === `/aws/lambda/${name}`).map(({ message }) => message.trimEnd()),

    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]()
      await functions[Symbol.asyncDispose]()
      identities[Symbol.dispose]()
      await store[Symbol.asyncDispose]()
      if (given === undefined) await rm(directory, { recursive: true })
    },
  }
}

interface Logged {
  group: string
  stream: string
  message: string
}

interface Surroundings {
  logged: Logged[]
  options: FunctionsOptions
  hiddenPlaces: readonly string[]
  apiUrl: () => string
}

/** Shows what goes wrong unexpectedly. */
const log = pino({ level: 'error' })

async function openFunctions(
  { directory, store, identities, now }: ServiceParts,
  { logged, options, hiddenPlaces, apiUrl }: Surroundings,
): Promise<Functions> {
  return await createFunctions({
    store,
    logs: {
      append: ({ logGroupName: group, logStreamName: stream, events }) => {
        for (const { message } of events) logged.push({ group, stream, message })
      },
    },
    createServiceSession: (request) => createServiceSession({ store, identities, now }, request),
    codeDirectory: join(directory, 'functions'),
    hiddenPlaces: [directory, ...hiddenPlaces],
    api: () => ({ url: apiUrl() }),
    region,
    now,
    log,
    options: { retryDelaysMs: [20, 20], ...options },
  })
}

async function listen(
  { store, fabric, identities, now, functions }: ServiceParts & { functions: Functions },
  services: OfferedServices | undefined,
) {
  const lambda = lambdaOperations({ store, functions, identities, now })
  return await startHttp({
    host: '127.0.0.1',
    port: 0,
    region,
    maxBodyBytes: 80 << 20,
    now,
    log,
    routesOf: () => [],
    metrics: () => '',
    confirmDestination: async () => {},
    downloads: [{ path: codePath, contentType: 'application/zip', read: functions.codeLinks.read }],
    findCredential: identities.findCredential,
    authorizeCall: identities.authorize,
    services: {
      lambda: offer(lambda, lambdaPermissions),
      iam: offer(iamOperations({ store, fabric, now }), iamPermissions),
      sts: offer(stsOperations({ store, identities, now }), stsPermissions),
      ...services,
    },
  })
}

function callsOf(lambda: LambdaClient) {
  return {
    lambda,

    create: (name: string, files: Record<string, string>, more: Partial<CreateFunctionRequest> = {}) =>
      lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: roleArn,
          Runtime: 'nodejs20.x',
          Handler: 'index.handler',
          ...more,
          Code: { ZipFile: zip(files) },
        }),
      ),

    invoke: async (name: string, event: unknown = {}, more: Partial<InvokeCommandInput> = {}) => {
      const Payload = JSON.stringify(event)
      const output = await lambda.send(new InvokeCommand({ FunctionName: name, Payload, ...more }))
      const text = output.Payload?.transformToString() ?? ''
      const answer: unknown = text === '' ? undefined : JSON.parse(text)
      const logResult = Buffer.from(output.LogResult ?? '', 'base64').toString()
      return { ...output, answer: answer as never, logResult, error: output.FunctionError }
    },
  }
}

export type TestAccount = Awaited<ReturnType<typeof openTestAccount>>

/** A deployment package, the same bytes whenever it is packed; a file named `bootstrap` can be executed. */
export function zip(files: Record<string, string>): Uint8Array {
  const entries = Object.entries(files).map(([name, text]) => [
    name,
    [
      strToU8(text),
      { os: 3, attrs: (name === 'bootstrap' ? 0o100_755 : 0o100_644) << 16, mtime: '2026-01-01' },
    ],
  ])
  return zipSync(Object.fromEntries(entries) as Zippable)
}

/** Asks until `look` finds something: no count of zero. */
export async function eventually<T>(look: () => T | undefined | false): Promise<T> {
  const end = Date.now() + patienceMs
  for (;;) {
    const found = look()
    if (found) return found
    if (Date.now() > end) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function createRoles(client: object): Promise<void> {
  const iam = new IAMClient(client)
  const statement = (more: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] })
  const trust = (Service: string) => statement({ Principal: { Service }, Action: 'sts:AssumeRole' })
  await iam.send(
    new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trust('lambda.amazonaws.com') }),
  )
  await iam.send(
    new CreateRoleCommand({ RoleName: 'foreign', AssumeRolePolicyDocument: trust('iot.amazonaws.com') }),
  )
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'worker',
      PolicyName: 'own',
      PolicyDocument: statement({ Action: ['iot:*', 'lambda:InvokeFunction'], Resource: '*' }),
    }),
  )
}
