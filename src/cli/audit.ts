import { once } from 'node:events'
import { parseTime, timeForms } from '../lib/parse-time.ts'
import { countWaiting, exportAuditLog, verifyAuditLog, type VerifiedChain } from '../server/audit-log.ts'
import { parseConfig } from '../server/config.ts'
import { CommandError, type CommandContext } from './command.ts'

/** `verify` exits 0 when all is as it was written, 1 when not. */
export async function audit(context: CommandContext): Promise<number> {
  return context.operands[0] === 'verify' ? verify(context) : exportAll(context)
}

async function verify({ given, source, print }: CommandContext): Promise<number> {
  refuseOthers(given, { command: 'verify', own: ['head'] })
  const head = given.get('head')
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
    throw new CommandError(`--head must be 64 lower-case hexadecimal digits, got "${head}"`, 2)
  const config = parseConfig(source)
  const chains = await verifyAuditLog(config, head)
  for (const chain of chains) print(renderChain(chain))
  if (chains.length === 0) print('No API call has been recorded yet.\n')
  const waiting = countWaiting(config)
  if (waiting > 0) print(`${waiting} entries wait in the data directory for the server to write them.\n`)
  const isKnown = head === undefined || chains.some(({ hasExpected }) => hasExpected)
  if (!isKnown)
    print(`FAULT  no entry has the hash ${head}: the record is another one, or was written anew\n`)
  return isKnown && chains.every(({ faults }) => faults.length === 0) ? 0 : 1
}

function renderChain({ accountId, chain, firstSeq, lastSeq, entries, head, faults }: VerifiedChain): string {
  const node = chain === '' ? '' : `, node ${chain}`
  const lines = faults.map((fault) => `FAULT  account ${accountId}${node}: ${fault}\n`)
  const verdict = faults.length === 0 ? 'ok   ' : 'FAULT'
  return `${lines.join('')}${verdict}  account ${accountId}${node}: ${entries} entries, ${firstSeq} to ${lastSeq}; head ${head}\n`
}

async function exportAll({ given, source }: CommandContext): Promise<number> {
  refuseOthers(given, { command: 'export', own: ['after', 'before'] })
  const config = parseConfig(source)
  const [after, before] = [timeOf(given, 'after'), timeOf(given, 'before')]
  const { stdout, stderr } = process
  await exportAuditLog(config, { after, before }, async (line) => {
    if (!stdout.write(`${line}\n`)) await once(stdout, 'drain')
  })
  const waiting = countWaiting(config)
  if (waiting > 0) stderr.write(`muster: ${waiting} entries wait for the server to write them\n`)
  return 0
}

function timeOf(given: ReadonlyMap<string, string>, option: string): Date | undefined {
  const text = given.get(option)
  const time = text === undefined ? undefined : parseTime(text)
  if (text !== undefined && !time)
    throw new CommandError(`--${option} must be ${timeForms}, got "${text}"`, 2)
  return time
}

function refuseOthers(
  given: ReadonlyMap<string, string>,
  { command, own }: { command: string; own: readonly string[] },
): void {
  const other = [...given.keys()].find((option) => !own.includes(option))
  if (other !== undefined) throw new CommandError(`audit ${command} has no option --${other}`, 2)
}
