/** `muster backup`, `muster restore`, `muster verify`. */
import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { parseTime, timeForms } from '../lib/parse-time.ts'
import { backUp, readPassphrase, restoreBackup, verifyBackup, type Manifest } from '../server/backup/index.ts'
import { restoreCopies, verifyCopies } from '../server/copies/index.ts'
import { namedFiles } from '../server/backups.ts'
import { parseConfig, variableOf } from '../server/config.ts'
import { CommandError, type CommandContext } from './command.ts'
import { atOption, passphraseOption } from './own-options.ts'
import { withStopSignal } from './stop-signal.ts'

export async function backup({ operands, given, source, print }: CommandContext): Promise<number> {
  const [file = ''] = operands
  const passphrase = await passphraseOf(given)
  const { dataDir } = parseConfig(source)
  const manifest = await withStopSignal((signal) =>
    backUp({ dataDir, file, passphrase, signal, named: namedFiles, now: new Date() }),
  )
  print(`${resolve(file)}: ${describe(manifest)}${passphrase === undefined ? '' : ', sealed'}\n`)
  return 0
}

/** Of one file, or of a directory with copies. */
export async function restore({ operands, given, source, print }: CommandContext): Promise<number> {
  const [file = ''] = operands
  const { dataDir } = parseConfig(source)
  if (source.flags['dataDir'] === undefined && source.environment[variableOf('dataDir')] === undefined)
    throw new CommandError('restore needs --data-dir: a directory that is new, or empty', 2)
  const at = timeOf(given)
  if (isDirectory(file)) {
    refusePassphrase(given)
    const request = { directory: file, at, dataDir, named: namedFiles }
    const { reachedAt, version, notes } = await withStopSignal((signal) =>
      restoreCopies({ ...request, signal }),
    )
    for (const note of notes) print(`note: ${note}\n`)
    const last = reachedAt.toISOString()
    print(`${resolve(dataDir)}: as Muster ${version} had it; the last change in it was copied at ${last}\n`)
  } else {
    if (at) throw new CommandError(`--at is for a directory of copies; ${file} is of one moment`, 2)
    const passphrase = await passphraseOf(given)
    const manifest = await withStopSignal((signal) => restoreBackup({ file, dataDir, passphrase, signal }))
    print(`${resolve(dataDir)}: ${describe(manifest)}\n`)
  }
  print(`Start it:  muster start --data-dir ${dataDir}\n`)
  return 0
}

export async function verify({ operands, given, print }: CommandContext): Promise<number> {
  const [file = ''] = operands
  if (isDirectory(file)) return await verifyDirectory(file, { given, print })
  const passphrase = await passphraseOf(given)
  const manifest = await withStopSignal((signal) =>
    verifyBackup({ file, passphrase, signal, temporaryDirectory: tmpdir() }),
  )
  print(`${resolve(file)} is whole: ${describe(manifest)}\n`)
  return 0
}

async function verifyDirectory(
  directory: string,
  { given, print }: Pick<CommandContext, 'given' | 'print'>,
): Promise<number> {
  refusePassphrase(given)
  const request = { directory, named: namedFiles, temporaryDirectory: tmpdir() }
  const runs = await withStopSignal((signal) => verifyCopies({ ...request, signal }))
  for (const { from, to, notes } of runs) {
    for (const note of notes) print(`note: ${note}\n`)
    print(`${resolve(directory)}: whole from ${from.toISOString()}, last change at ${to.toISOString()}\n`)
  }
  return 0
}

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** @throws {CommandError} */
function refusePassphrase(given: ReadonlyMap<string, string>): void {
  if (given.has(passphraseOption.option))
    throw new CommandError(`--${passphraseOption.option} is for a backup; copies are not sealed`, 2)
}

/** @throws {CommandError} */
function timeOf(given: ReadonlyMap<string, string>): Date | undefined {
  const text = given.get(atOption.option)
  const time = text === undefined ? undefined : parseTime(text)
  if (text !== undefined && !time)
    throw new CommandError(`--${atOption.option} must be ${timeForms}, got "${text}"`, 2)
  return time
}

async function passphraseOf(given: ReadonlyMap<string, string>): Promise<string | undefined> {
  const file = given.get(passphraseOption.option)
  return file === undefined ? undefined : await readPassphrase(file)
}

function describe({ version, createdAt, members }: Manifest): string {
  const bytes = members.reduce((sum, { size }) => sum + size, 0)
  return `${members.length} files, ${(bytes / 1e6).toFixed(1)} MB, by Muster ${version} at ${createdAt}`
}
