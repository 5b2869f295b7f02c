/** Carries out the tasks of a node, each from where it has got to, until they end. */
import type { Identities } from '../../access/identities/index.ts'
import { AwsError } from '../../api/aws/errors.ts'
import { formatArn } from '../../lib/arn.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { JournalEntry, RecordWith } from '../../observability/journal/index.ts'
import { openProvisioningRole } from '../provisioning-templates/index.ts'
import { carryOutLines, prepareLines, type AuthorizeRole, type BatchDeps } from './batch.ts'
import { openInput, removeInput, removeOthers, type InputDeps } from './input.ts'
import { readLines, type InputLine } from './lines.ts'
import { endTask, findTask, listActive, noteInput, type EndStatus } from './store.ts'
import { TaskFailure, type RegistrationTask, type TaskKey } from './task.ts'

export interface RunnerDeps extends BatchDeps {
  identities: Pick<Identities, 'assumeServiceRole' | 'openAuthorize'>
  inputs: InputDeps
  recordWith: RecordWith
}

/** Lines of one transaction: others wait behind it. */
const linesAtOnce = 20
const bytesAtOnce = 256 * 1024
const maxTasks = 100

export class Runner {
  readonly #deps: RunnerDeps
  readonly #running = new Map<string, Promise<void>>()
  #isClosed = false

  constructor(deps: RunnerDeps) {
    this.#deps = deps
  }

  /** Begins, or goes on with, each task of the node that is not being carried out. */
  async pump(): Promise<void> {
    const { store, nodeName } = this.#deps
    for (const task of await listActive(store.read, nodeName, maxTasks))
      if (!this.#running.has(task.taskId) && !this.#isClosed) this.#begin(task)
  }

  /** Removes what a crash has left. */
  async tidy(): Promise<void> {
    const { store, nodeName, inputs } = this.#deps
    const active = await listActive(store.read, nodeName, maxTasks)
    await removeOthers(inputs, new Set(active.map(({ taskId }) => taskId)))
  }

  /** Resolves when nothing is being carried out any more; the next start goes on. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#running.values())
  }

  #begin(key: TaskKey): void {
    const { taskId } = key
    const running = this.#run(key)
      .catch((error: unknown) =>
        this.#deps.log.error(
          { err: error, taskId },
          'a bulk registration was interrupted; it is tried again',
        ),
      )
      .finally(() => this.#running.delete(taskId))
    this.#running.set(taskId, running)
  }

  async #run(key: TaskKey): Promise<void> {
    const task = await findTask(this.#deps.store.read, key)
    if (!task) return
    try {
      const how = task.status === 'InProgress' ? await this.#carryOut(task) : 'stopped'
      if (how !== 'interrupted')
        await this.#end(task, how === 'done' ? ['Completed', 'Cancelled'] : ['Cancelled'])
    } catch (error) {
      if (!(error instanceof TaskFailure)) throw error
      await this.#end(task, ['Failed'], error.message)
    }
  }

  /** `interrupted`: the server is closing, and the task goes on after its next start. */
  async #carryOut(begun: RegistrationTask): Promise<'done' | 'stopped' | 'interrupted'> {
    const { store, inputs } = this.#deps
    const authorizeRead = await this.#openRole(begun)
    await orFailure(() => authorizeRead('s3:GetObject', objectArn(begun)))
    const { path, input } = await openInput(inputs, begun)
    if (!begun.input) await store.transact((db) => noteInput(db, begun, input))
    let task: RegistrationTask | undefined = begun
    for await (const lines of batchesOf(path, begun)) {
      if (this.#isClosed) return 'interrupted'
      const authorize = await this.#openRole(task) // rights may change while a long file is carried out
      const prepared = await prepareLines(this.#deps, task, { lines, authorize })
      task = await carryOutLines(this.#deps, task, prepared)
      if (!task) return 'stopped'
    }
    return 'done'
  }

  #openRole({ accountId, roleArn }: RegistrationTask): Promise<AuthorizeRole> {
    return orFailure(() => openProvisioningRole(this.#deps.identities, { accountId, roleArn }))
  }

  /**
   * As the first of `statuses` that it may end as: somebody may stop it when all is done. Its entry in the journal is committed
   * with that: whoever hears that it has ended finds it, and finds it once, whatever failed on the way.
   */
  async #end(task: RegistrationTask, statuses: readonly EndStatus[], message?: string): Promise<void> {
    const { recordWith, nodeName, now, inputs } = this.#deps
    const ending = { nodeName, now: now(), ...(message !== undefined && { message }) }
    await recordWith(task.accountId, async (db) => {
      for (const status of statuses) {
        const ended = await endTask(db, task, { ...ending, status })
        if (ended) return entryOf(ended, ending)
      }
      return undefined
    })
    await removeInput(inputs, task.taskId) // last: a copy that a crash leaves is found at the next start
  }
}

function entryOf(
  { accountId, taskId, status, successCount, failureCount }: RegistrationTask,
  { now, message }: { now: Date; message?: string },
): JournalEntry {
  const details = { task: taskId, status, succeeded: successCount, failed: failureCount }
  return {
    accountId,
    code: status === 'Completed' && failureCount === 0 ? 'bulk-registered' : 'bulk-not-registered',
    at: now,
    details: { ...details, ...(message !== undefined && { text: message }) },
  }
}

const objectArn = ({ inputFileBucket, inputFileKey }: RegistrationTask) =>
  formatArn({ service: 's3', region: '', accountId: '', resource: `${inputFileBucket}/${inputFileKey}` })

/** What the role may not do ends the task. @throws {TaskFailure} */
async function orFailure<Value>(work: () => MaybePromise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AwsError) throw new TaskFailure(error.message, { cause: error })
    throw error
  }
}

/** From where the task has got to. */
async function* batchesOf(
  path: string,
  { nextOffset: offset, nextLine: lineNumber }: RegistrationTask,
): AsyncGenerator<InputLine[]> {
  let batch: InputLine[] = []
  for await (const line of readLines(path, { offset, lineNumber })) {
    batch.push(line)
    const bytes = line.end - (batch[0]?.offset ?? 0)
    if (batch.length < linesAtOnce && bytes < bytesAtOnce) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
