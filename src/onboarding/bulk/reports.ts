/** What became of the lines of a task, as files for whoever has their address. */
import { Readable } from 'node:stream'
import type { ReportType } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import { createExpiringLinks } from '../../lib/expiring-links.ts'
import { inPieces } from '../../lib/turn-of-others.ts'
import type { Db, Store } from '../../store/index.ts'
import { renderResults } from './report-lines.ts'
import { listParts } from './report-store.ts'
import { findTask } from './store.ts'
import type { TaskKey } from './task.ts'

export const reportPath = '/thing-registration-tasks/reports/'

export interface Reports {
  /** The path of a report, from the root of the API port. */
  linkTo: (accountId: string, taskId: string, reportType: ReportType) => string
  /**
   * A report, by what follows `reportPath`.
   * @throws {AwsError} `AccessDeniedException` when the address was not given out or is too old; `ResourceNotFoundException`
   */
  read: (token: string) => Promise<Readable>
}

const partsAtOnce = 20

export function createReports({ store, now }: { store: Store; now: () => Date }): Reports {
  const links = createExpiringLinks(now)
  return {
    linkTo: (...names) => reportPath + links.create(...names),
    async read(token) {
      const read = links.read(token)
      if ('fault' in read)
        throw iotError(
          'AccessDeniedException',
          `${read.fault}; ask ListThingRegistrationTaskReports for another`,
        )
      const [accountId = '', taskId = '', reportType = ''] = read.parts
      if (!(await findTask(store.read, { accountId, taskId })))
        throw iotError('ResourceNotFoundException', `the task ${taskId} was deleted`)
      return Readable.from(textsOf(store.read, { accountId, taskId, reportType: reportType as ReportType }))
    },
  }
}

interface Report extends TaskKey {
  reportType: ReportType
}

/** Read as it is taken: a report may be larger than memory. */
async function* textsOf(db: Db, { reportType, ...task }: Report): AsyncGenerator<string> {
  let afterLine = 0
  const pause = inPieces()
  for (;;) {
    const parts = await listParts(db, task, { reportType, afterLine, limit: partsAtOnce })
    for (const { firstLine, lines } of parts) {
      yield reportType === 'RESULTS' ? await renderResults(db, task.accountId, lines) : lines
      afterLine = firstLine
      await pause()
    }
    if (parts.length < partsAtOnce) return
  }
}
