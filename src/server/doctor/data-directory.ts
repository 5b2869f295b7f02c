/** Whether the data directory can hold what is promised: who may read it, what it is on, and how fast that is. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { mkdtemp, open, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { causeText } from '../../lib/cause-text.ts'
import { leastFreeMb } from '../readiness.ts'
import { fault, fine, warning, type Finding } from './finding.ts'

const subject = 'data directory'

/** The directory, or, where it is still to be made, the nearest above it. */
function nearestDirectory(dataDir: string): string {
  return existsSync(dataDir) ? dataDir : nearestDirectory(dirname(dataDir))
}

export function checkDirectory(dataDir: string): Finding {
  const directory = nearestDirectory(dataDir)
  const stats = statSync(directory)
  if (!stats.isDirectory()) return fault(subject, `${directory} is a file`, 'Choose another --data-dir.')
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    const who = process.getuid?.() ?? 'this user'
    return fault(
      subject,
      `${directory} cannot be written to by user ${who}, it belongs to ${stats.uid}`,
      'Run doctor as the user of the server, give the directory to that user, or choose another --data-dir.',
    )
  }
  if (directory !== dataDir) return fine(subject, `${dataDir} will be made`)
  const mode = (stats.mode & 0o777).toString(8)
  if ((stats.mode & 0o077) === 0) return fine(subject, `${directory}, for its owner alone`)
  return warning(
    subject,
    `${directory} may be entered by others (mode ${mode}); keys in it are for their owner alone all the same`,
    `chmod 700 ${directory}`,
  )
}

/** Below this, a full disk is a matter of days. */
const comfortableFreeMb = 1024

/** @param freeMb what users may still write, in MiB */
export function judgeFree(freeMb: number): Finding {
  const found = `${freeMb} MB free`
  if (freeMb < leastFreeMb)
    return fault(
      'disk space',
      `${found}, ${leastFreeMb} are needed`,
      'Make room, or choose another --data-dir.',
    )
  if (freeMb < comfortableFreeMb)
    return warning('disk space', found, 'Make room before it is used up: a full disk stops onboarding.')
  return fine('disk space', found)
}

/** By the numbers of statfs(2) that Linux gives them. */
const fileSystems: Readonly<Record<number, Omit<Finding, 'subject'>>> = {
  0x01021994: {
    state: 'warning',
    found: 'a file system in memory (tmpfs)',
    advice: 'Whatever is in it is lost with the machine: choose a --data-dir on a disk.',
  },
  0x6969: {
    state: 'fault',
    found: 'a network file system (NFS)',
    advice:
      'Locks and write-ahead logs do not hold on it: choose a --data-dir on a local disk, or --database.',
  },
  0xff534d42: {
    state: 'fault',
    found: 'a network file system (CIFS)',
    advice:
      'Locks and write-ahead logs do not hold on it: choose a --data-dir on a local disk, or --database.',
  },
  0x794c7630: {
    state: 'warning',
    found: 'the layers of a container (overlayfs)',
    advice: 'Whatever is in it is lost with the container: mount a volume and name it with --data-dir.',
  },
}

/** @param type of statfs(2) */
export const judgeFileSystem = (type: number): Finding => ({
  subject: 'file system',
  ...(fileSystems[type >>> 0] ?? { state: 'ok', found: 'a local one' }),
})

/** Above this, each new device waits for the disk as long as for its handshake. */
const slowSyncMs = 20

/** @param medianMs of fsync after a page that was written */
export function judgeSync(medianMs: number): Finding {
  const found = `${medianMs.toFixed(1)} ms until a write is durable`
  if (medianMs <= slowSyncMs) return fine('disk speed', found)
  return warning(
    'disk speed',
    found,
    'It works, but few new devices a second do: put --data-dir on a faster disk.',
  )
}

const pageBytes = 4096
const writes = 15

/** Median of some writes; leaves nothing behind. */
async function measureSync(directory: string): Promise<number> {
  const folder = await mkdtemp(join(directory, '.muster-doctor-'))
  try {
    await using file = await open(join(folder, 'page'), 'w')
    const times: number[] = []
    for (let n = 0; n < writes; n += 1) {
      await file.write(Buffer.alloc(pageBytes, n))
      const startedAt = performance.now()
      await file.sync()
      times.push(performance.now() - startedAt)
    }
    return times.toSorted((a, b) => a - b)[Math.floor(writes / 2)] ?? 0
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the directory is on. Only for one that can be written to. */
export async function checkDisk(dataDir: string): Promise<Finding[]> {
  const directory = nearestDirectory(dataDir)
  try {
    const { bavail, bsize, type } = await statfs(directory)
    const medianMs = await measureSync(directory)
    return [judgeFree(Math.floor((bavail * bsize) / 2 ** 20)), judgeFileSystem(type), judgeSync(medianMs)]
  } catch (cause) {
    return [fault('disk space', causeText(cause), 'Make room, or choose another --data-dir.')]
  }
}
