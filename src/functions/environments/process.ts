/** The processes of one environment: their start, what they write, how much they use, their end. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { splitLines } from './function-log.ts'
import type { FunctionGroup } from './function-group.ts'
import { isInMemory, memoryOf, scratchBytes } from './memory.ts'
import { processTree, removeUser, signalGroup, sizeOfFolder, waitedMsOf, yieldToServer } from './processes.ts'
import type { ScratchBudget, ScratchHolder } from './scratch-budget.ts'
import { describeExit } from './exit.ts'
import {
  niceness,
  plainVariables,
  sandboxCommand,
  toAssignments,
  variablesDescriptor,
  type Isolation,
  type SandboxRequest,
  type Support,
} from './sandbox.ts'

interface ProcessOptions extends SandboxRequest {
  support: Support
  scratchBudget: ScratchBudget
  group: FunctionGroup | undefined
  variables: (temporaryDirectory: string) => Record<string, string>
  /** One message of the log. */
  write: (message: string) => void
  /** The processes are gone; `reason` is in Lambda's words. */
  onExit: (reason: string, isOutOfMemory: boolean) => void
}

const watchMs = 100
/** Looking through a folder costs more than looking at a process. */
const watchesPerFolder = 10
const messageDescriptor = 3

export class EnvironmentProcess implements ScratchHolder {
  readonly #options: ProcessOptions
  readonly #child: ChildProcess
  readonly #gone: Promise<void>
  #watch: NodeJS.Timeout | undefined
  #isResting = false
  /** When its memory was counted last, in milliseconds of `performance.now`. */
  #countedAt = -Infinity
  #isFull = false
  /** Most bytes of memory that were seen in use. */
  usedBytes = 0

  constructor(options: ProcessOptions) {
    this.#options = options
    const { support, variables, write, onExit } = options
    const { file, args, uid, gid, temporaryDirectory } = sandboxCommand(support, options)
    const ids = uid === undefined || gid === undefined ? {} : { uid, gid }
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'pipe', 'pipe']
    const child = spawn(file, args, { stdio, cwd: '/', env: plainVariables, detached: true, ...ids })
    this.#child = child
    if (child.pid !== undefined) {
      yieldToServer(child.pid, niceness)
      this.#join(child.pid)
    }
    const variablesPipe = child.stdio[variablesDescriptor] as Writable | null
    variablesPipe?.on('error', () => undefined) // it ended before it read them
    variablesPipe?.end(toAssignments(variables(temporaryDirectory)))
    readLines(child.stdout, write)
    readLines(child.stderr, write)
    readLines(child.stdio[messageDescriptor] as Readable | null, (line) => write(readMessage(line)))
    child.once('error', (error) => write(`The environment could not be started: ${error.message}`))
    this.#gone = new Promise((resolve) => {
      child.once('error', () => resolve())
      child.once('close', () => resolve())
    })
    child.once('exit', (code, signal) => onExit(describeExit(code, signal), this.#isFull))
    child.once('error', () => onExit('Runtime exited without providing a reason', false))
  }

  /** All of them join the group before the function's variables are there, without which none of its code runs. */
  #join(pid: number): void {
    const { group } = this.#options
    const members = new Set<number>()
    for (
      let others = [pid];
      group && others.length > 0;
      others = processTree(pid).filter((each) => !members.has(each))
    )
      for (const each of others) {
        group.add(each)
        members.add(each)
      }
  }

  /** How long its processes were ready to run and had no processor. */
  waitedMs(): number {
    return this.#child.pid === undefined ? 0 : waitedMsOf(processTree(this.#child.pid))
  }

  /** Counts memory until `rest` and once more; kills what takes more than it may. */
  wake(): void {
    this.#isResting = false
    this.#signal('SIGCONT')
    let watches = 0
    this.#watch ??= setInterval(() => {
      this.#checkMemory()
      if (++watches % watchesPerFolder === 0) void this.#checkFolder()
      if (this.#isResting) this.#stopWatch()
    }, watchMs)
  }

  /** Stops the processes until the next event: what runs on after an answer takes nobody's time. */
  rest(): void {
    this.#isResting = true
    this.#signal('SIGSTOP')
  }

  /** Resolves when nothing of the environment runs any more. */
  async kill(): Promise<void> {
    this.#stopWatch()
    this.#signal('SIGKILL')
    const { support, userId, scratchBudget } = this.#options
    scratchBudget.forget(this)
    if (this.#child.pid !== undefined) await removeUser(support.isolation, userId)
    // Pipes may be held open by what escaped: only without namespaces, or an own user.
    for (const stream of this.#child.stdio) stream?.destroy()
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.#gone
  }

  #stopWatch(): void {
    clearInterval(this.#watch)
    this.#watch = undefined
  }

  #signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#child.pid !== undefined) signalGroup(this.#child.pid, signal)
  }

  /** Counts memory unless that was done just now: counting takes longer than many an event. */
  countMemory(): void {
    if (performance.now() - this.#countedAt >= watchMs) this.#checkMemory()
  }

  /** Kills the processes when they hold more memory than they may. */
  #checkMemory(): void {
    this.#countedAt = performance.now()
    const { support, userId, memoryMb, scratchMb, scratchBudget } = this.#options
    const { pid } = this.#child
    if (pid === undefined || this.#isGone) return
    const { isolation } = support
    const bytes = memoryOf({ pid, userId, isolation })
    this.usedBytes = Math.max(this.usedBytes, bytes)
    if (bytes > memoryMb * 1024 * 1024) {
      this.#isFull = true
      this.#signal('SIGKILL')
    } else if (hasOwnMounts(isolation)) scratchBudget.note(this, scratchBytes(pid, scratchMb))
  }

  giveUpScratch(maxMb: number): void {
    this.#options.write(
      `The temporary directories of all functions held more than ${maxMb} MB, and this one's most`,
    )
    this.#signal('SIGKILL')
  }

  get #isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Where /tmp is no file system of its own. */
  async #checkFolder(): Promise<void> {
    const { support, scratchDirectory, scratchMb, scratchBudget, write } = this.#options
    if (hasOwnMounts(support.isolation)) return
    const bytes = await sizeOfFolder(scratchDirectory)
    if (bytes > scratchMb * 1024 * 1024) {
      write(`The function wrote more than ${scratchMb} MB to its temporary directory`)
      this.#signal('SIGKILL')
    } else if (isInMemory(scratchDirectory) && !this.#isGone) scratchBudget.note(this, bytes)
  }
}

const hasOwnMounts = (isolation: Isolation) => isolation === 'namespaces' || isolation === 'user-namespace'

function readLines(stream: Readable | null, take: (line: string) => void): void {
  const lines = splitLines(take)
  stream?.on('data', (chunk: Buffer) => lines.push(chunk))
  stream?.once('end', () => lines.end())
  stream?.on('error', () => undefined) // the other side is gone
}

/** A message as JSON text, from the bootstrap; anything else stands for itself. */
function readMessage(line: string): string {
  try {
    return String(JSON.parse(line))
  } catch {
    return line
  }
}
