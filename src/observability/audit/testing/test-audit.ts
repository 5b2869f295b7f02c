/** A record of calls in a store of its own, for the tests beside it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordedCall } from '../../../api/aws/recorded-call.ts'
import { memoryDirectory } from '../../../../test/helpers/memory-directory.ts'
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { Store } from '../../../store/index.ts'
import { openAudit, type Audit, type AuditOptions } from '../audit.ts'
import { exportEntries } from '../export.ts'
import type { StoredEntry } from '../entry.ts'

export const accountId = '123456789012'
export const at = new Date('2026-03-04T05:06:07.000Z')

let requests = 0

export function callOf(operation: string, more: Partial<RecordedCall> = {}): RecordedCall {
  requests += 1
  const arn = `arn:aws:iam::${accountId}:user/alice`
  return {
    requestId: `request-${requests}`,
    caller: { accountId, kind: 'user', arn, userId: 'AIDA1', name: 'alice' },
    accessKeyId: 'AKIAALICE',
    sourceIp: '127.0.0.1',
    isSecure: false,
    name: { service: 'iot', operation },
    resources: [],
    ...more,
  }
}

export const thing = (name: string) => `arn:aws:iot:us-east-1:${accountId}:thing/${name}`

export interface TestAudit extends AsyncDisposable {
  store: Store
  audit: Audit
  spoolFile: string
  /** Epoch milliseconds; what calls are stamped with. */
  clock: { now: number }
  /** What went wrong beside calls. */
  logged: unknown[]
  /** As after `kill -9`: nothing is put in order, and the next one begins with what is there. */
  again: (options?: Partial<AuditOptions>) => Promise<Audit>
  /** A call that reads. */
  read: (call?: RecordedCall) => Promise<void>
  /** A call that writes into some table. */
  write: (call?: RecordedCall) => Promise<void>
  /** All that is in the database. */
  entries: () => Promise<StoredEntry[]>
}

const defaults = {
  chain: '',
  maxAgeDays: 90,
  maxBytes: 1e9,
  flushDelayMs: 2 ** 31 - 1, // when a test says so: one that was left as by `kill -9` does nothing more
}

export async function openTestAudit(options: Partial<AuditOptions> = {}): Promise<TestAudit> {
  const directory = mkdtempSync(join(memoryDirectory(), 'muster-audit-'))
  const spoolFile = join(directory, 'audit.spool')
  const store = await openTestStore()
  const clock = { now: at.getTime() }
  const logged: unknown[] = []
  const common = {
    ...defaults,
    store,
    log: { error: (...given: unknown[]) => void logged.push(given) } as never,
    now: () => new Date(clock.now),
    spoolFile,
    ...options,
  }
  const open = (others: Partial<AuditOptions> = {}) => openAudit({ ...common, ...others })
  const audit = await open()
  const test: TestAudit = {
    store,
    audit,
    spoolFile,
    clock,
    logged,
    again: open,
    read: (call = callOf('DescribeThing')) => test.audit.record(call, async () => {}),
    write: (call = callOf('CreateThing')) =>
      test.audit.record(call, () => store.transact((db) => touch(db, call.requestId))),
    entries: () => Array.fromAsync(exportEntries(store.read, {})),
    async [Symbol.asyncDispose]() {
      await test.audit[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return test
}

/** Some change. */
export async function touch(db: Store['read'], topic: string): Promise<void> {
  await db
    .insertInto('retained_messages')
    .values({
      account_id: accountId,
      topic,
      payload: new Uint8Array(),
      qos: 0,
      properties: null,
      modified_at: 0,
      expires_at: null,
    })
    .execute()
}
