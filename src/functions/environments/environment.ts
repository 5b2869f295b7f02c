/** One execution environment: a function's processes, which work off one event at a time until they are recycled. */
import { mkdir, rm, chown } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import type { CodeStore } from '../code/code-store.ts'
import type { UnpackedCode } from '../code/unpacked-folders.ts'
import type { ServiceSession } from '../../access/identities/index.ts'
import type { FunctionVersion } from '../registry/function-version.ts'
import { findRuntimeKind } from '../runtimes/runtime.ts'
import { FunctionLog, type AppendLog } from './function-log.ts'
import {
  killedBy,
  startTimedOut,
  timedOut,
  toEnding,
  unexpectedExit,
  withRequest,
  type Ending,
} from './ending.ts'
import { failed, reportLine, type Outcome } from './outcome.ts'
import { EnvironmentProcess } from './process.ts'
import { startRuntimeApi, type RuntimeApi, type RuntimeEvent, type RuntimeReport } from './runtime-api.ts'
import type { Support } from './sandbox.ts'
import type { FunctionGroup } from './function-group.ts'
import type { ScratchBudget } from './scratch-budget.ts'
import { nextLookMs } from './start-limit.ts'
import { toVariables } from './variables.ts'

export interface EnvironmentDeps {
  /** What this machine offers is found out for the first function. */
  support: () => Promise<Support>
  code: Pick<CodeStore, 'runDirectory' | 'unpack'>
  scratchBudget: ScratchBudget
  /** Absent where the system has none for functions. */
  group?: FunctionGroup | undefined
  startLimitMs: number
  /** PATH of functions that set none. */
  programPath: string
  append: AppendLog
  region: string
  /** By which functions find the AWS APIs and trust them. */
  apiVariables: () => Promise<Record<string, string>>
  now: () => Date
}

export interface EnvironmentRequest {
  /** Distinguishes environments of this server. */
  id: number
  version: FunctionVersion
  credentials: ServiceSession
  userId: number
}

/** An event that an environment is to work off. */
export type EnvironmentEvent = Omit<RuntimeEvent, 'deadline'>

export interface Completion extends Outcome {
  /** The end of the invocation's log. */
  logTail: Uint8Array
}

/** What a function's processes find. */
interface Surroundings {
  support: Support
  runtimeApi: string
  taskDirectory: string
  scratchDirectory: string
  /** Variables. */
  api: Record<string, string>
}

/** How long an answer is kept back until the environment asks for its next event, so that the next caller finds it free. */
const settleMs = 50

export class Environment {
  readonly version: FunctionVersion
  readonly #request: EnvironmentRequest
  readonly #deps: EnvironmentDeps
  readonly #log: FunctionLog
  readonly #started = performance.now()
  #code: UnpackedCode | undefined
  #api: RuntimeApi | undefined
  #process: EnvironmentProcess | undefined
  #initMs: number | undefined
  #stopping: Promise<void> | undefined
  /** The event that is being worked off. */
  #current: { requestId: string; end: (ending: Ending) => void } | undefined
  /** Resolves when the environment is done with the event, or gone. */
  #settled: Promise<void> = Promise.resolve()
  #onReady: () => void = () => undefined
  #onDead: (ending: Ending) => void = () => undefined
  /** Set when no further event may be given to it. */
  #death: Ending | undefined
  isIdle = false

  constructor(deps: EnvironmentDeps, request: EnvironmentRequest) {
    this.#deps = deps
    this.#request = request
    this.version = request.version
    this.#log = new FunctionLog(request.version, deps.append, deps.now)
  }

  get isDead(): boolean {
    return this.#death !== undefined || this.#stopping !== undefined
  }

  get expiration(): Date {
    return this.#request.credentials.expiration
  }

  /** Resolves when the function is loaded; whether it failed shows in the first invocation. */
  async start(): Promise<void> {
    const { version, userId, id } = this.#request
    const { code } = this.#deps
    const support = await this.#deps.support()
    const scratchDirectory = join(code.runDirectory, `environment-${id}`)
    await mkdir(scratchDirectory, { mode: 0o700 })
    if (support.isolation === 'user') await chown(scratchDirectory, userId, userId)
    this.#code = await code.unpack(version.accountId, version.code.codeId)
    const taskDirectory = this.#code.directory
    const isProvided = findRuntimeKind(version.settings.Runtime) === 'provided'
    const ready = new Promise<void>((resolve) => {
      this.#onReady = resolve
      this.#onDead = () => resolve()
    })
    this.#api = await startRuntimeApi({ hasSecretPath: !isProvided, report: (report) => this.#take(report) })
    const api = await this.#deps.apiVariables()
    this.#spawn({ support, runtimeApi: this.#api.address, taskDirectory, scratchDirectory, api })
    const stopWatching = this.#watchStart()
    await ready
    stopWatching()
    this.#initMs = performance.now() - this.#started
  }

  /** Ends a start that takes too long. */
  #watchStart(): () => void {
    const { startLimitMs: limitMs, now } = this.#deps
    let timer: NodeJS.Timeout | undefined
    const look = () => {
      const elapsedMs = performance.now() - this.#started
      const next = nextLookMs({ limitMs, elapsedMs, waitedMs: this.#process?.waitedMs() ?? 0 })
      if (next > 0) timer = setTimeout(look, next)
      else this.#die(startTimedOut(elapsedMs, now()))
    }
    look()
    return () => clearTimeout(timer)
  }

  #spawn({ support, runtimeApi, taskDirectory, scratchDirectory, api }: Surroundings): void {
    const { version, credentials, userId } = this.#request
    const { region, scratchBudget, group, programPath } = this.#deps
    const { settings } = version
    this.#process = new EnvironmentProcess({
      support,
      scratchBudget,
      group,
      command: commandOf(version, support, taskDirectory),
      taskDirectory,
      scratchDirectory,
      scratchMb: settings.EphemeralStorage.Size,
      memoryMb: settings.MemorySize,
      userId,
      variables: (temporaryDirectory) =>
        toVariables({
          version,
          credentials,
          log: this.#log,
          region,
          api,
          runtimeApi,
          taskDirectory,
          runtimes: support.runtimes,
          temporaryDirectory,
          programPath,
        }),
      write: (message) => this.#log.write(message),
      onExit: (reason, isOutOfMemory) => this.#die(unexpectedExit(reason, isOutOfMemory)),
    })
    this.#process.wake()
  }

  /** Works off the event, which must be the only one. Never rejects. */
  async invoke(event: EnvironmentEvent): Promise<Completion> {
    const { settings, version } = this.version
    const { requestId } = event
    const initMs = this.#initMs
    this.#initMs = undefined
    this.isIdle = false
    if (!this.#death) this.#log.begin()
    this.#log.write(`START RequestId: ${requestId} Version: ${version}`)
    const startedAt = performance.now()
    const ending = await this.#run(event, settings.Timeout)
    const durationMs = performance.now() - startedAt
    this.#process?.countMemory()
    await Promise.race([this.#settled, delay(settleMs, undefined, { ref: false })])
    await setImmediate() // what was written before the answer is still in the pipes
    await setImmediate()
    if (ending.line !== undefined) this.#log.write(ending.line)
    this.#log.write(`END RequestId: ${requestId}`)
    const { payload, functionError, isOutOfMemory, status } = ending
    const usedBytes = this.#process?.usedBytes ?? 0
    const memoryMb = settings.MemorySize
    this.#log.write(reportLine({ requestId, durationMs, memoryMb, usedBytes, initMs, status }))
    return {
      payload,
      ...(functionError && { functionError }),
      ...(isOutOfMemory && { isOutOfMemory }),
      logTail: this.#log.tail(),
    }
  }

  /** The timer runs until the environment asks for the next event: a handler may go on after its answer. */
  #run(event: EnvironmentEvent, timeoutSeconds: number): Promise<Ending> {
    const { requestId } = event
    return new Promise((resolve) => {
      if (this.#death) return resolve(withRequest(this.#death, requestId))
      const timeoutMs = timeoutSeconds * 1000
      const timer = setTimeout(() => this.#die(timedOut(timeoutSeconds, this.#deps.now())), timeoutMs)
      const settled = Promise.withResolvers<void>()
      this.#settled = settled.promise
      this.#current = { requestId, end: resolve }
      this.#onReady = () => {
        clearTimeout(timer)
        settled.resolve()
      }
      this.#onDead = (ending) => {
        clearTimeout(timer)
        settled.resolve()
        resolve(withRequest(ending, requestId))
      }
      this.#process?.wake()
      const deadline = new Date(Date.now() + timeoutMs)
      this.#api?.deliver({ ...event, deadline })
    })
  }

  #take(report: RuntimeReport): void {
    if (report.kind === 'next') {
      this.#current = undefined
      this.isIdle = true
      this.#onReady()
      this.onIdle()
      return
    }
    if (report.kind === 'init-error') return this.#die(failed(report.payload))
    if (report.requestId !== this.#current?.requestId) return
    this.#current.end(toEnding(report))
  }

  /** Set by who gives it events; called each time it has nothing to do. */
  onIdle: () => void = () => undefined

  rest(): void {
    this.#process?.rest()
  }

  #die(ending: Ending): void {
    this.#death ??= ending
    this.isIdle = false
    this.#onDead(ending)
    void this.stop()
  }

  /** Kills every process and forgets every file of it. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#clearAway()
    return this.#stopping
  }

  async #clearAway(): Promise<void> {
    this.#death ??= killedBy('Runtime.ExitError', 'Runtime exited with error: signal: killed')
    this.isIdle = false
    await this.#process?.kill()
    await this.#api?.[Symbol.asyncDispose]()
    await this.#code?.[Symbol.asyncDispose]()
    const scratch = join(this.#deps.code.runDirectory, `environment-${this.#request.id}`)
    await rm(scratch, { recursive: true, force: true }).catch(() => undefined) // cleared away with the run directory
    this.onIdle()
  }
}

function commandOf({ settings }: FunctionVersion, support: Support, taskDirectory: string): string[] {
  const kind = findRuntimeKind(settings.Runtime)
  if (kind === 'provided') return [join(taskDirectory, 'bootstrap')]
  if (kind === 'python') return ['python3', '-u', join(support.runtimes, 'python_bootstrap.py')]
  const heapMb = Math.floor(settings.MemorySize * 0.9)
  return [support.node, `--max-old-space-size=${heapMb}`, join(support.runtimes, 'node-bootstrap.mjs')]
}
