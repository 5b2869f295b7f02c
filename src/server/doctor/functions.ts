/** What functions find on this machine. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findIsolation } from '../../functions/index.ts'
import { fine, warning, type Finding } from './finding.ts'

type Isolation = Awaited<ReturnType<typeof findIsolation>>

const kept: Readonly<Record<Isolation, string>> = {
  namespaces: 'functions have file systems, processes, and a user of their own',
  'user-namespace': 'functions have file systems and processes of their own, as the user of the server',
  user: 'functions run as a user of their own, who cannot read the data directory',
  none: 'functions would run as the user of the server, and read what it can',
}

export function judgeIsolation(isolation: Isolation): Finding {
  const subject = 'isolation of functions'
  if (isolation !== 'none') return fine(subject, kept[isolation])
  return warning(
    subject,
    kept.none,
    'Let only people who may read the data directory make functions, or run where user namespaces are allowed ' +
      '(sysctl user.max_user_namespaces, unshare and setpriv of util-linux).',
  )
}

/** @param answer what Python said: its version, and whether boto3 is there; undefined where there is no Python */
export function judgePython(answer: string | undefined): Finding {
  const subject = 'Python for functions'
  if (answer === undefined)
    return fine(
      subject,
      'none on this machine: functions of the Python runtimes would fail, those of Node.js do not',
    )
  if (answer.endsWith(' boto3')) return fine(subject, answer.replace(' boto3', ', with boto3'))
  return fine(subject, `${answer}, without boto3: functions that import it bring it along`)
}

const question = `import sys, importlib.util as u
print(sys.version.split()[0] + (' boto3' if u.find_spec('boto3') else ''))`

export async function checkFunctions(): Promise<Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-doctor-'))
  try {
    const python = await promisify(execFile)('python3', ['-c', question]).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    )
    return [judgeIsolation(await findIsolation(directory)), judgePython(python)]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
