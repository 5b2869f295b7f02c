/** What a start costs when clients have left sessions behind. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { cpuMs } from './cpu.ts'
import { startMuster } from './servers.ts'

const sessions = 100_000

/** A subscription and a message that waits for each; as after a crash, in which all of them were connected. */
const statements = [
  `insert into sessions (account_id, client_id, session_id, protocol_version, expiry_seconds, is_connected,
    will_delay_seconds) select :account, 'client-' || i, i, 4, 3600, 1, 0 from n`,
  `insert into session_subscriptions
    select :account, i, 'devices/client-' || i || '/commands', 1, 0, 0, null from n`,
  `insert into session_messages select :account, i, 0, 'devices/client-' || i || '/commands', x'6f6e', 1, 0,
    null, null, null, 'waiting' from n`,
]

export async function benchStart(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  const dataDir = join(directory, 'data')
  const account = await startOnce(dataDir)
  const without = await startOnce(dataDir)
  const database = new DatabaseSync(join(dataDir, 'muster.db'))
  database.exec('begin')
  for (const sql of statements)
    database
      .prepare(`with recursive n(i) as (select 1 union all select i + 1 from n where i < ${sessions}) ${sql}`)
      .run({ account: account.accountId })
  database.exec('commit')
  database.close()
  const withThem = await startOnce(dataDir)
  rmSync(directory, { recursive: true, force: true })
  const more = (one: 'cpuSeconds' | 'megabytes') => withThem[one] - without[one]
  console.log(
    `\nA start after a crash with ${sessions} persistent sessions: ${more('cpuSeconds').toFixed(1)} s of CPU (goal 3) ` +
      `and ${more('megabytes').toFixed(0)} MB (goal 300) more than without`,
  )
}

async function startOnce(dataDir: string) {
  await using muster = await startMuster(dataDir)
  const resident = / VmRSS:\s+(\d+)/.exec(
    ` ${readFileSync(`/proc/${muster.pid}/status`, 'utf8').replaceAll('\n', ' ')}`,
  )
  return {
    accountId: muster.endpoints.accountId,
    cpuSeconds: cpuMs(muster.pid) / 1000,
    megabytes: Number(resident?.[1]) / 1024,
  }
}
