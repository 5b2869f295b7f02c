/** A server without the ports of devices, whose journal takes entries at any rate. */
import { readFileSync } from 'node:fs'
import { openApiPort } from '../../src/server/api-port.ts'
import { parseConfig } from '../../src/server/config.ts'
import { openParts } from '../../src/server/parts.ts'
import { rootKeyFile, type RootKey } from '../../src/server/server-files.ts'

export interface JournalServer extends AsyncDisposable {
  apiUrl: string
  rootKey: RootKey
  /** Records `count` entries, each about another of 100 devices. */
  record: (count: number) => void
}

export async function startJournalServer(dataDir: string): Promise<JournalServer> {
  await using stack = new AsyncDisposableStack()
  const flags = { dataDir, apiPort: '0', logLevel: 'silent' }
  const config = parseConfig({ flags, environment: {} })
  const parts = await openParts(config, { dataDir, hidden: [] }, stack)
  const nothing = () => undefined
  const { http } = await openApiPort(
    config,
    { parts, tls: undefined, devices: nothing, backups: nothing, drain: nothing, clock: { fault: nothing } },
    stack,
  )
  const running = stack.move()
  let recorded = 0
  return {
    apiUrl: http.url,
    rootKey: JSON.parse(readFileSync(rootKeyFile(dataDir), 'utf8')) as RootKey,
    record(count) {
      for (const end = recorded + count; recorded < end; recorded += 1) {
        const clientId = `lamp-${recorded % 100}`
        const { accountId } = config
        parts.journal.record({
          accountId,
          code: 'connected',
          at: parts.now(),
          clientId,
          sourceIp: '192.0.2.1',
        })
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
