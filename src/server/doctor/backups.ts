/** Whether there are backups to go back to. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { causeText } from '../../lib/cause-text.ts'
import { newestBackup } from '../backup/index.ts'
import type { Config } from '../config.ts'
import { fault, fine, warning, type Finding } from './finding.ts'

interface Kept {
  everyMs: number
  /** When the newest was made; undefined while there is none. */
  newest: Date | undefined
  now: Date
}

const subject = 'backups'

export function judgeBackups({ everyMs, newest, now }: Kept): Finding {
  if (newest === undefined) return fine(subject, 'none yet; the first is made soon after the start')
  const found = `the newest is of ${newest.toISOString()}`
  if (now.getTime() - newest.getTime() <= 2 * everyMs) return fine(subject, found)
  return warning(subject, found, 'See the log of the server for why none was made since.')
}

export async function checkBackups(config: Config, now: Date): Promise<Finding> {
  const { backupEvery: everyMs, backupDir, database } = config
  if (database !== undefined) return fine(subject, 'those of PostgreSQL (docs/postgresql.md)')
  if (everyMs === undefined || backupDir === undefined)
    return warning(subject, 'the server makes none of itself', 'Set --backup-every 12h and --backup-dir.')
  const directory = resolve(backupDir)
  try {
    const names = existsSync(directory) ? await readdir(directory) : []
    return judgeBackups({ everyMs, newest: newestBackup(names), now })
  } catch (cause) {
    return fault(subject, causeText(cause), 'Give the user of the server the directory, or name another.')
  }
}
