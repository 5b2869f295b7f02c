/** Registration of things in bulk: tasks that go on where a crash has ended them. */
import { sweepEachMinute } from '../../lib/sweep.ts'
import { createTemplateCache } from '../templates/index.ts'
import { sweepEnded } from './expiry.ts'
import { bulkOperations } from './operations.ts'
import { createReports, type Reports } from './reports.ts'
import { Runner, type RunnerDeps } from './runner.ts'

export interface Bulk extends AsyncDisposable {
  operations: ReturnType<typeof bulkOperations>
  /** By what follows `reportPath` in an address that was given out. */
  readReport: Reports['read']
  /** Goes on with what was under way, now and when it is left: once the server is ready for it. */
  resume: () => void
  /** Another node has left some. */
  look: () => void
}

export function openBulk(deps: Omit<RunnerDeps, 'parseTemplate'>): Bulk {
  const { store, log, now } = deps
  const parseTemplate = createTemplateCache()
  const runner = new Runner({ ...deps, parseTemplate })
  const reports = createReports({ store, now })
  const onError = (error: unknown) =>
    log.error({ err: error }, 'tasks of bulk registration were not looked for')
  const look = () => void runner.pump().catch(onError)
  const stack = new AsyncDisposableStack()
  stack.defer(() => runner.close())
  const sweep = () => Promise.all([runner.pump(), sweepEnded(store, now())])
  return {
    operations: bulkOperations({ ...deps, parseTemplate, wake: look, reports }),
    readReport: reports.read,
    resume() {
      void runner.tidy().catch(onError)
      stack.use(sweepEachMinute(sweep, onError))
    },
    look,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
