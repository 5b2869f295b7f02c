/** `muster backup`, `muster restore`, `muster verify`. */
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { backUp, readPassphrase, restoreBackup, verifyBackup, type Manifest } from '../server/backup/index.ts'
import { namedFiles } from '../server/backups.ts'
import { parseConfig, variableOf } from '../server/config.ts'
import { CommandError, type CommandContext } from './command.ts'
import { passphraseOption } from './own-options.ts'
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

export async function restore({ operands, given, source, print }: CommandContext): Promise<number> {
  const [file = ''] = operands
  const { dataDir } = parseConfig(source)
  if (source.flags['dataDir'] === undefined && source.environment[variableOf('dataDir')] === undefined)
    throw new CommandError('restore needs --data-dir: a directory that is new, or empty', 2)
  const passphrase = await passphraseOf(given)
  const manifest = await withStopSignal((signal) => restoreBackup({ file, dataDir, passphrase, signal }))
  print(`${resolve(dataDir)}: ${describe(manifest)}\nStart it:  muster start --data-dir ${dataDir}\n`)
  return 0
}

export async function verify({ operands, given, print }: CommandContext): Promise<number> {
  const [file = ''] = operands
  const passphrase = await passphraseOf(given)
  const manifest = await withStopSignal((signal) =>
    verifyBackup({ file, passphrase, signal, temporaryDirectory: tmpdir() }),
  )
  print(`${resolve(file)} is whole: ${describe(manifest)}\n`)
  return 0
}

async function passphraseOf(given: ReadonlyMap<string, string>): Promise<string | undefined> {
  const file = given.get(passphraseOption.option)
  return file === undefined ? undefined : await readPassphrase(file)
}

function describe({ version, createdAt, members }: Manifest): string {
  const bytes = members.reduce((sum, { size }) => sum + size, 0)
  return `${members.length} files, ${(bytes / 1e6).toFixed(1)} MB, by Muster ${version} at ${createdAt}`
}
