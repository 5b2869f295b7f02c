/** `muster backup`, `muster restore`, `muster verify`. */
import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { parseTime, timeForms } from '../lib/parse-time.ts'
import { backUp, readPassphrase, restoreBackup, verifyBackup, type Manifest } from '../server/backup/index.ts'
import { isBucketUrl, openSource, parsePlace, restoreCopies, verifyCopies } from '../server/copies/index.ts'
import { namedFiles } from '../server/backups.ts'
import { parseConfig, variableOf } from '../server/config.ts'
import { serviceCredentialsOf } from '../server/service-credentials.ts'
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

/** Of one file, or of a directory or a bucket with copies. */
export async function restore({ operands, given, source, print }: CommandContext): Promise<number> {
  const [file = ''] = operands
  const { dataDir } = parseConfig(source)
  if (source.flags['dataDir'] === undefined && source.environment[variableOf('dataDir')] === undefined)
    throw new CommandError('restore needs --data-dir: a directory that is new, or empty', 2)
  const at = timeOf(given)
  if (isOfCopies(file)) {
    refusePassphrase(given)
    const { reachedAt, version, notes } = await withCopies({ file, source }, (copies) =>
      restoreCopies({ ...copies, at, dataDir, named: namedFiles }),
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

export async function verify({ operands, given, source, print }: CommandContext): Promise<number> {
  const [file = ''] = operands
  if (isOfCopies(file)) return await verifyAll(file, { given, source, print })
  const passphrase = await passphraseOf(given)
  const manifest = await withStopSignal((signal) =>
    verifyBackup({ file, passphrase, signal, temporaryDirectory: tmpdir() }),
  )
  print(`${resolve(file)} is whole: ${describe(manifest)}\n`)
  return 0
}

async function verifyAll(
  file: string,
  { given, source, print }: Pick<CommandContext, 'given' | 'source' | 'print'>,
): Promise<number> {
  refusePassphrase(given)
  const runs = await withCopies({ file, source }, (copies) =>
    verifyCopies({ ...copies, named: namedFiles, temporaryDirectory: tmpdir() }),
  )
  const name = isBucketUrl(file) ? file : resolve(file)
  for (const { from, to, notes } of runs) {
    for (const note of notes) print(`note: ${note}\n`)
    print(`${name}: whole from ${from.toISOString()}, last change at ${to.toISOString()}\n`)
  }
  return 0
}

type OpenCopies = { source: Awaited<ReturnType<typeof openSource>>; signal: AbortSignal }

/** @throws {CommandError} for a bucket that is not named as one */
async function withCopies<T>(
  { file, source }: Pick<CommandContext, 'source'> & { file: string },
  use: (copies: OpenCopies) => Promise<T>,
): Promise<T> {
  const place = placeOf(file, source)
  return withStopSignal(async (signal) => {
    await using copies = await openSource(place, { temporaryDirectory: tmpdir(), signal })
    return await use({ source: copies, signal })
  })
}

function placeOf(file: string, source: CommandContext['source']) {
  const config = parseConfig(source)
  try {
    return parsePlace(file, { region: config.region, credentials: serviceCredentialsOf(config) })
  } catch (cause) {
    throw new CommandError(`${file}: ${(cause as Error).message}`, 2)
  }
}

/** A directory, or a bucket. */
const isOfCopies = (file: string): boolean =>
  isBucketUrl(file) || (statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false)

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
