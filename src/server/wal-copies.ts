/** Copies of the write-ahead log of this server, where the operator asks for them. */
import { causeText } from '../lib/cause-text.ts'
import { makeDirectory } from '../lib/make-directory.ts'
import { lockDataDirectory } from '../store/index.ts'
import { BackupError, isInside } from './backup/index.ts'
import type { Config } from './config.ts'
import { Copies, parsePlace, type CopiesOptions } from './copies/index.ts'
import { serviceCredentialsOf } from './service-credentials.ts'

const defaultKeepMs = 7 * 86_400_000

/**
 * Undefined when none are asked for. They begin with `start`; whoever has them disposes of them, between all else that writes and the store.
 * @throws {Error} for a directory that cannot be made, is in the data directory, or has another server's copies being written
 */
export function openCopies(
  config: Config,
  { dataDir, log }: Pick<CopiesOptions, 'dataDir' | 'log'>,
  stack: AsyncDisposableStack,
): Copies | undefined {
  const { walCopies, walCopiesKeep: keepMs = defaultKeepMs, region } = config
  if (walCopies === undefined) return undefined
  const place = parsePlace(walCopies, { region, credentials: serviceCredentialsOf(config) })
  if (place.kind === 'directory') takeDirectory(place.directory, dataDir, stack)
  return new Copies({ dataDir, place, keepMs, log })
}

function takeDirectory(directory: string, dataDir: string, stack: AsyncDisposableStack): void {
  if (isInside(dataDir, directory))
    throw new BackupError(
      `--wal-copies ${directory} is in the data directory: choose a place that outlives it`,
    )
  try {
    makeDirectory(directory, { mode: 0o700 })
  } catch (cause) {
    throw new BackupError(`--wal-copies ${directory} cannot be made: ${causeText(cause)}`, { cause })
  }
  stack.use(
    lockDataDirectory(directory, `another server writes its copies into ${directory}: choose another`),
  )
}
