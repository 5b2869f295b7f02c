/** One of several nodes that `muster start --processes` runs, and how it and its parent speak to each other. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Endpoints } from '../server/server-files.ts'

/** Set for nodes by their parent. */
const nodeVariable = 'MUSTER_IS_PROCESS'
/** The file of options: its values are in variables, but functions must not see it. */
export const optionsFileVariable = 'MUSTER_PROCESS_CONFIG'

type Environment = Readonly<Record<string, string | undefined>>

export const isNodeProcess = (environment: Environment): boolean => environment[nodeVariable] === '1'

interface Told {
  ready: Endpoints
}

/** From the node: it is ready. `gone` resolves when there is no parent any more, who would have to end it. */
export function tellParent(endpoints: Endpoints): Disposable & { gone: Promise<void> } {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  process.once('disconnect', resolve)
  process.send?.({ ready: endpoints } satisfies Told)
  return {
    gone,
    [Symbol.dispose]() {
      process.off('disconnect', resolve)
      if (process.connected) process.disconnect?.()
    },
  }
}

export interface NodeProcessOptions {
  /** What it is told by variables: all of its options. Asked at each start. */
  environment: () => Environment
  /** It ended and will be started again: with which code or signal, and after how many milliseconds. */
  onEnded: (how: string, pauseMs: number) => void
}

const firstPauseMs = 100
const maxPauseMs = 10_000

/** Starts the node, and starts it again when it dies; not when it was told to leave, and not when it has never been ready. */
export class NodeProcess {
  /** Resolves when it is ready for the first time; never when it does not come so far. */
  readonly ready: Promise<Endpoints>
  /** Resolves with its exit code when it is not started again. */
  readonly ended: Promise<number>
  readonly #options: NodeProcessOptions
  readonly #stop = new AbortController()
  readonly #becomeReady: (endpoints: Endpoints) => void
  #child: ChildProcess | undefined
  #readyAt: number | undefined
  #hasBeenReady = false
  /** It was told to while it started: it may have read what there was before. */
  #mustReload = false

  constructor(options: NodeProcessOptions) {
    this.#options = options
    const { promise, resolve } = Promise.withResolvers<Endpoints>()
    this.ready = promise
    this.#becomeReady = resolve
    this.ended = this.#keepRunning()
  }

  /** Takes in certificates that were replaced, as a server does by SIGHUP; one that starts does when it is ready. */
  reload(): void {
    if (this.#readyAt === undefined) this.#mustReload = true
    else this.#child?.kill('SIGHUP')
  }

  /** Resolves when it has ended in order. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#child?.kill('SIGTERM')
    await this.ended
  }

  async #keepRunning(): Promise<number> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
      const { code, how, servedMs } = await this.#runOnce()
      if (this.#stop.signal.aborted || code === 0 || !this.#hasBeenReady) return code
      if (servedMs > maxPauseMs) pauseMs = firstPauseMs
      this.#options.onEnded(how, pauseMs)
      await wait(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {})
      if (this.#stop.signal.aborted) return code
    }
  }

  async #runOnce(): Promise<{ code: number; how: string; servedMs: number }> {
    const child = this.#spawn()
    this.#child = child
    child.on('message', ({ ready }: Told) => {
      this.#readyAt = performance.now()
      this.#hasBeenReady = true
      if (this.#mustReload) child.kill('SIGHUP')
      this.#mustReload = false
      this.#becomeReady(ready)
    })
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    const servedMs = this.#readyAt === undefined ? 0 : performance.now() - this.#readyAt
    this.#readyAt = undefined
    const how = signal === null ? `exit code ${code}` : signal
    return { code: code ?? 1, how, servedMs }
  }

  /** Of a process group of its own: what a terminal says to all, its parent passes on. */
  #spawn(): ChildProcess {
    const [, program = ''] = process.argv
    return spawn(process.execPath, [...process.execArgv, program, 'start'], {
      env: { ...this.#options.environment(), [nodeVariable]: '1' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    })
  }
}
