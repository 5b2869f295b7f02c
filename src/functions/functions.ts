import type { Trace } from '../lib/trace.ts'
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServiceSession, ServiceSessionRequest } from '../access/identities/index.ts'
import { AwsError } from '../api/aws/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Store } from '../store/index.ts'
import { createCodeLinks, type CodeLinks } from './code/code-links.ts'
import { sharedPackages, sharePackages } from './code/package-store.ts'
import { openCodeStore, type CodeStore } from './code/code-store.ts'
import type { AppendLog } from './environments/function-log.ts'
import { openFunctionGroup } from './environments/function-group.ts'
import { EnvironmentPool } from './environments/pool.ts'
import { openApiVariables, type FunctionApi } from './environments/api-variables.ts'
import { findSupport, type Isolation, type Support } from './environments/sandbox.ts'
import { reserveUserIds, type UserIds } from './environments/user-ids.ts'
import { defaultScratchMb, ScratchBudget } from './environments/scratch-budget.ts'
import { defaultStartLimitMs } from './environments/start-limit.ts'
import { defaultProgramPath } from './environments/variables.ts'
import {
  enqueueEvent,
  enqueueFromService,
  type FunctionInvocation,
  type ServiceInvocation,
} from './invocations/enqueue.ts'
import { EventQueue, type FailedAttempt } from './invocations/event-queue.ts'
import type { EventSource } from './invocations/event-store.ts'
import { toFailure, toFailureLog, type FunctionFailure } from './invocations/failure-record.ts'
import { callFromService } from './invocations/call.ts'
import { createInvoker, type InvocationResult, type MeasureInvocation } from './invocations/invoker.ts'
import { maxPayloadBytes, readPayload } from './invocations/payload.ts'
import type { FunctionVersion } from './registry/function-version.ts'
import { lambdaError } from './registry/lambda-error.ts'
import { warnOfPythonGap } from './runtimes/python-gap.ts'
import { once } from '../lib/once.ts'

export interface FunctionsDeps {
  store: Store
  logs: { append: AppendLog }
  /** Makes short-lived credentials of a role that trusts the service. @throws {AwsError} when it cannot be assumed */
  createServiceSession: (request: ServiceSessionRequest) => Promise<ServiceSession>
  /** Below the data directory: where deployment packages are kept. */
  codeDirectory: string
  /** Directories and files that functions must not see, such as the data directory. */
  hiddenPlaces: readonly string[]
  /** How functions reach the AWS APIs; asked for when an environment starts. */
  api: () => FunctionApi
  region: string
  now: () => Date
  log: Log
  /** Told of each invocation that was worked off. */
  measure?: MeasureInvocation
  /** Told of each invocation; absent: nobody. */
  trace?: Trace | undefined
  /**
   * Of the node that this is of a cluster: its packages are rows too, as nodes have no directory in common, and it runs
   * the events that it took. Absent where one server has the database.
   */
  nodeName?: string
  options?: FunctionsOptions
}

export interface FunctionsOptions {
  /** Execution environments at a time, of all functions. */
  maxEnvironments?: number
  /** Between the attempts of an asynchronous invocation. */
  retryDelaysMs?: readonly number[]
  /** How functions are kept apart; the strongest way that the machine allows when absent. */
  isolation?: Isolation
  /** Where code is unpacked. */
  temporaryDirectory?: string
  /** What all functions together may keep in temporary directories that are memory; a quarter of the memory by default. */
  maxScratchMb?: number
  /** How long an environment may take to start, apart from waiting for a processor. */
  startLimitMs?: number
  /** How long an environment waits for another event; one of each function that rules call waits for a day. */
  idleMs?: number
  /** PATH of functions that set none. */
  programPath?: string
}

export interface Functions extends AsyncDisposable {
  /** How functions are kept apart on this machine; found out, and `none` warned of, when it or the first function is asked for. */
  isolation: () => Promise<Isolation>
  code: Pick<CodeStore, 'save' | 'remove'>
  codeLinks: CodeLinks
  /**
   * Runs the function and resolves with what it answered, also when it failed.
   * @throws {AwsError} when it was not run: `ResourceNotFoundException`, `TooManyRequestsException`,
   * `InvalidRequestContentException`, or why its role cannot be assumed
   */
  invoke: (invocation: FunctionInvocation) => Promise<InvocationResult>
  /** Takes up the events that were not worked off before the last stop: call it once the API listens. */
  resume: () => void
  /**
   * Resolves with the request id when the event is durable. The function runs later, and up to twice again if it fails.
   * @throws {AwsError} `ResourceNotFoundException`, `InvalidRequestContentException`, `RequestTooLargeException`
   */
  enqueue: (invocation: FunctionInvocation, source?: EventSource) => Promise<string>
  /**
   * As `enqueue`, for a service that the function's resource-based policy must allow.
   * @throws {AwsError} `AccessDeniedException`, and what `enqueue` throws
   */
  invokeFromService: (invocation: ServiceInvocation) => Promise<void>
  /**
   * As `invoke`, for a service that the function's resource-based policy must allow, and that waits for the answer.
   * @throws {AwsError} `AccessDeniedException`, and what `invoke` throws
   */
  callFromService: (invocation: Omit<ServiceInvocation, 'memo'>) => Promise<InvocationResult>
  /** Called for every attempt of an asynchronous invocation that failed. */
  onFailure: (listener: (failure: FunctionFailure) => void) => Disposable
  /** Lets no further event run in environments of the function as it was; without its name, of the account. */
  retire: (accountId: string, functionName?: string) => void
  /** Says in the function's log what it will miss on this machine; nothing when it misses nothing. */
  warnOfGaps: (version: FunctionVersion) => Promise<void>
}

const lambdaService = 'lambda.amazonaws.com'
const sessionSeconds = 3600
const defaults = {
  maxEnvironments: 16,
  retryDelaysMs: [60_000, 120_000],
  startLimitMs: defaultStartLimitMs,
  idleMs: 5 * 60_000,
  programPath: defaultProgramPath,
}

/** Nothing runs before it is asked for. Disposing kills every environment. */
export async function createFunctions(deps: FunctionsDeps): Promise<Functions> {
  const { store, logs, region, now, log, nodeName = '' } = deps
  const options = { ...defaults, temporaryDirectory: tmpdir(), ...deps.options }
  const { temporaryDirectory, retryDelaysMs, programPath } = options
  const code = await openPackages(deps, temporaryDirectory)
  const userIds = await reserveUserIds()
  const support = once(() => openSupport(deps, code, userIds.first))
  const pool = await openPool(deps, { code, support, firstUserId: userIds.first, ...options })
  const invoke = createInvoker({ ...deps, pool, random: Math.random })
  const listeners = new Set<(failure: FunctionFailure) => void>()
  const onFailure = (attempt: FailedAttempt) => {
    if (attempt.condition) logs.append(toFailureLog(region, attempt, now()))
    for (const listener of listeners) listener(toFailure(attempt))
  }
  const queue = new EventQueue({ store, invoke, onFailure, retryDelaysMs, now, log, nodeName })
  const enqueueDeps = { store, queue, region, now }
  return {
    isolation: async () => (await support()).isolation,
    code,
    codeLinks: createCodeLinks({ code, now }),
    async invoke(invocation) {
      const payload = readPayload(invocation.payload, maxPayloadBytes.synchronous)
      return await invoke({ ...invocation, payload, requestId: invocation.requestId ?? randomUUID() })
    },
    resume: () => queue.pump(),
    enqueue: (invocation, source) => enqueueEvent(enqueueDeps, invocation, source),
    invokeFromService: (invocation) => enqueueFromService(enqueueDeps, invocation),
    callFromService: (invocation) => callFromService({ store, region, invoke }, invocation),
    onFailure(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    retire: (accountId, functionName) => pool.retire(accountId, functionName),
    warnOfGaps: (version) => warnOfPythonGap({ code, append: logs.append, programPath, now }, version),
    [Symbol.asyncDispose]: () => close({ queue, pool, code, userIds }),
  }
}

async function openPackages(
  { store, codeDirectory, nodeName }: FunctionsDeps,
  temporaryDirectory: string,
): Promise<CodeStore> {
  if (nodeName === undefined) return openCodeStore({ codeDirectory, temporaryDirectory })
  const code = await openCodeStore({ codeDirectory, temporaryDirectory, shared: sharedPackages(store) })
  await sharePackages(store, code)
  return code
}

interface OpenParts {
  queue: EventQueue
  pool: EnvironmentPool
  code: CodeStore
  userIds: UserIds
}

/** The queue first, so that what dies with its environment is not taken for a failure. */
async function close({ queue, pool, code, userIds }: OpenParts) {
  queue.close()
  await pool[Symbol.asyncDispose]()
  await queue[Symbol.asyncDispose]()
  await code[Symbol.asyncDispose]()
  await userIds[Symbol.asyncDispose]()
}

async function openSupport(
  { hiddenPlaces, log, options }: FunctionsDeps,
  { runDirectory }: CodeStore,
  userId: number,
): Promise<Support> {
  const scratchDirectory = join(runDirectory, 'probe')
  await mkdir(scratchDirectory, { recursive: true })
  const { isolation } = options ?? {}
  const support = await findSupport({ hidden: hiddenPlaces, scratchDirectory, userId, isolation })
  if (support.isolation === 'none')
    log.warn(
      'functions run as the user of the server and can read what it can: this machine offers no isolation',
    )
  const trust = trustDirectoryOf({ runDirectory })
  return { ...support, sights: [...support.sights, { path: trust, place: trust }] }
}

/** What functions trust the APIs by. */
const trustDirectoryOf = ({ runDirectory }: Pick<CodeStore, 'runDirectory'>) => join(runDirectory, 'trust')

interface PoolParts {
  code: CodeStore
  support: () => Promise<Support>
  maxScratchMb?: number
  startLimitMs: number
  idleMs: number
  programPath: string
  maxEnvironments: number
  firstUserId: number
}

async function openPool(deps: FunctionsDeps, parts: PoolParts): Promise<EnvironmentPool> {
  const { logs, region, now } = deps
  return new EnvironmentPool({
    ...parts,
    group: openFunctionGroup(),
    scratchBudget: new ScratchBudget(parts.maxScratchMb ?? defaultScratchMb()),
    append: logs.append,
    apiVariables: await openApiVariables(deps.api, trustDirectoryOf(parts.code)),
    region,
    now,
    createCredentials: ({ accountId, functionName, settings }) =>
      deps
        .createServiceSession({
          accountId,
          roleArn: settings.Role,
          service: lambdaService,
          sessionName: functionName,
          durationSeconds: sessionSeconds,
        })
        .catch((cause: unknown) => {
          throw cause instanceof AwsError ? cannotAssume(cause) : cause
        }),
  })
}

const cannotAssume = ({ message }: AwsError) =>
  lambdaError(
    'AccessDeniedException',
    `The role defined for the function cannot be assumed by Lambda. ${message}`,
  )
