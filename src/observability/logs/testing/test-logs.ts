/** Logs on a database of their own behind the API listener, for the tests of this folder. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { OfferedServices } from '../../../api/http/index.ts'
import { accountId, clientConfig, startTestHttp } from '../../../api/http/testing/test-server.ts'
import { createLogs, type LogSettings } from '../logs.ts'
import { logsOperations } from '../operations.ts'
import { logsPermissions } from '../permissions.ts'

export { accountId }

/** Where the clock stands, unless the test moves `clock.now`. */
export const start = new Date('2026-05-01T12:00:00.000Z')

export async function openTestLogs(settings: Partial<LogSettings> = {}) {
  const store = await openTestStore()
  const clock = { now: start }
  const now = () => clock.now
  const warnings: [object, string][] = []
  const warn = (fields: object, message: string) => void warnings.push([fields, message])
  const log = { warn, error: warn } as never
  const logs = createLogs({ store, now, log, settings })
  const offered = { operations: logsOperations({ store, logs, now }), permissions: logsPermissions }
  const http = await startTestHttp({
    services: { logs: offered as unknown as NonNullable<OfferedServices['logs']> },
    maxBodyBytes: 10 * 1024 * 1024,
  })
  const client = new CloudWatchLogsClient(clientConfig(http))
  return {
    store,
    logs,
    client,
    clock,
    warnings,
    log,
    async [Symbol.asyncDispose]() {
      client.destroy()
      await http[Symbol.asyncDispose]()
      await logs[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
