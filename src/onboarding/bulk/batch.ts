/** Some lines of a task, carried out in one transaction with the note that they are done. */
import { AwsError } from '../../api/aws/errors.ts'
import { commitChanges, type Change, type Fabric } from '../../fabric/in-process/index.ts'
import { chunksOf } from '../../lib/chunks.ts'
import type { Log } from '../../lib/log.ts'
import { inPieces } from '../../lib/turn-of-others.ts'
import type { Issuer } from '../../pki/certificates/index.ts'
import { inParts, type Db, type Store } from '../../store/index.ts'
import { changesOf, prepareRegistration, toCallerError, type Registration } from '../provisioning/index.ts'
import type { ParseTemplate } from '../templates/index.ts'
import type { InputLine } from './lines.ts'
import { parseParameters } from './parameters.ts'
import { insertPart, type ReportPart } from './report-store.ts'
import { toErrorLine, toResultLine, type LineError } from './report-lines.ts'
import { noteProgress } from './store.ts'
import type { RegistrationTask } from './task.ts'

export interface BatchDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  issuer: Pick<Issuer, 'issueFromCsr'>
  parseTemplate: ParseTemplate
  region: string
  now: () => Date
  log: Pick<Log, 'error'>
  /** Empty where one server has the database. */
  nodeName: string
}

/** Asks in the name of the task's role. @throws {AwsError} `AccessDeniedException` */
export type AuthorizeRole = (action: string, resource: string, conditions?: Record<string, string>) => void

/** A line that is about to be carried out, or why it is not. */
export type PreparedLine = { line: InputLine } & ({ registration: Registration } | { error: LineError })

/** Told apart from what goes wrong: the task was stopped, or another node has it. */
class NotOurs extends Error {
  override readonly name = 'NotOurs'
}

/** At the same time: a certificate that is issued takes a while, and others are served between them. */
const preparedAtOnce = 2

/** All that can be done before the transaction: permissions, certificates that are issued. */
export async function prepareLines(
  deps: BatchDeps,
  task: RegistrationTask,
  { lines, authorize }: { lines: readonly InputLine[]; authorize: AuthorizeRole },
): Promise<PreparedLine[]> {
  const { accountId, templateBody } = task
  const scope = {
    accountId,
    region: deps.region,
    authorize: async (...wanted: Parameters<AuthorizeRole>) => authorize(...wanted),
  }
  const prepare = async (line: InputLine): Promise<PreparedLine> => {
    try {
      const parameters = parseParameters(line)
      return { line, registration: await prepareRegistration(deps, { templateBody, parameters }, scope) }
    } catch (cause) {
      return { line, error: toLineError(deps, cause) }
    }
  }
  const prepared: PreparedLine[] = []
  const pause = inPieces()
  for (const some of chunksOf(lines, preparedAtOnce)) {
    prepared.push(...(await Promise.all(some.map(prepare))))
    await pause()
  }
  return prepared
}

/**
 * Does the lines, each of them whole or not at all, and notes in the same transaction that they are done: no line is carried
 * out twice, whatever happens. Resolves with how far the task is then; with `undefined`, and nothing done, when it was stopped or
 * is another node's.
 */
export async function carryOutLines(
  deps: BatchDeps,
  task: RegistrationTask,
  prepared: readonly PreparedLine[],
): Promise<RegistrationTask | undefined> {
  try {
    const done = await commitChanges(
      deps,
      ({ changes }) => changes,
      (db: Db) => doLines(deps, db, { task, prepared }),
    )
    return done.task
  } catch (cause) {
    if (cause instanceof NotOurs) return undefined
    throw cause
  }
}

interface Done {
  task: RegistrationTask
  changes: Change[]
}

async function doLines(
  deps: BatchDeps,
  db: Db,
  { task, prepared }: { task: RegistrationTask; prepared: readonly PreparedLine[] },
): Promise<Done> {
  const changes: Change[] = []
  const results: string[] = []
  const errors: string[] = []
  for (const { line, outcome } of await doEach(deps, db, { task, prepared })) {
    if ('error' in outcome) errors.push(toErrorLine(line, outcome.error))
    else {
      results.push(toResultLine(line, outcome.result, outcome.certificateId))
      changes.push(...outcome.changes)
    }
  }
  const last = prepared.at(-1)?.line
  const nextOffset = last?.end ?? task.nextOffset
  const nextLine = (last?.lineNumber ?? task.nextLine - 1) + 1
  const progress = { nextOffset, nextLine, succeeded: results.length, failed: errors.length }
  const standing = { ...task, nodeName: deps.nodeName }
  if (!(await noteProgress(db, standing, progress, deps.now()))) throw new NotOurs()
  const parts: ReportPart[] = [
    { reportType: 'RESULTS', firstLine: task.nextLine, lines: results.join('') },
    { reportType: 'ERRORS', firstLine: task.nextLine, lines: errors.join('') },
  ]
  for (const part of parts) if (part.lines !== '') await insertPart(db, task, part)
  return { task: { ...task, nextOffset, nextLine }, changes }
}

type Outcome =
  | { error: LineError }
  | { result: Record<string, string>; certificateId: string | undefined; changes: Change[] }

/** What became of each line, in their order. */
async function doEach(
  deps: BatchDeps,
  db: Db,
  { task: { accountId }, prepared }: { task: RegistrationTask; prepared: readonly PreparedLine[] },
): Promise<{ line: InputLine; outcome: Outcome }[]> {
  const registrations = prepared.flatMap((one) => ('registration' in one ? [one.registration] : []))
  const parts = registrations.map(({ apart, carryOut, describe }) => ({
    apart,
    run: async (partDb: Db): Promise<Outcome> => {
      const provisioned = await carryOut(partDb)
      return {
        result: describe(provisioned).resourceArns,
        certificateId: provisioned.certificate?.certificateId,
        changes: changesOf(accountId, provisioned),
      }
    },
  }))
  const done = (await inParts(db, parts)).values()
  return prepared.map((one) => {
    const outcome = 'error' in one ? one : toOutcome(deps, done.next().value)
    return { line: one.line, outcome }
  })
}

function toOutcome(deps: BatchDeps, done: PromiseSettledResult<Outcome> | undefined): Outcome {
  return done?.status === 'fulfilled' ? done.value : { error: toLineError(deps, done?.reason) }
}

/** What is nobody's mistake but ours is logged and withheld. */
function toLineError({ log }: BatchDeps, cause: unknown): LineError {
  const error = toCallerError(cause)
  if (error instanceof AwsError) return { code: error.code, message: error.message }
  log.error({ err: error }, 'a line of a bulk registration failed')
  return { code: 'InternalFailureException', message: 'the line could not be carried out' }
}
