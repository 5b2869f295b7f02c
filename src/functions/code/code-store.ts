/**
 * Keeps deployment packages, and their files where functions can read them: the data directory is closed to them.
 */
import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FunctionCode } from '../registry/function-version.ts'
import { checkArchive } from './archive.ts'
import { UnpackedFolders, type UnpackedCode } from './unpacked-folders.ts'

export interface CodeStore extends AsyncDisposable {
  /** Below it are the files of functions; whoever knows a path can read it, nobody can list the directory. */
  runDirectory: string
  /** @throws {AwsError} `InvalidParameterValueException` when it is no archive that can be unpacked */
  save: (accountId: string, archive: Uint8Array) => Promise<FunctionCode>
  /** The package as it was saved; undefined when it was forgotten. */
  read: (accountId: string, codeId: string) => Promise<Uint8Array | undefined>
  /** The folder that holds the unpacked files: the same for all who ask, and there until the last of them is disposed. */
  unpack: (accountId: string, codeId: string) => Promise<UnpackedCode>
  /** Forgets the package, and its files as soon as nobody uses them. */
  remove: (accountId: string, codeId: string) => Promise<void>
}

interface CodeStoreOptions {
  /** Where packages are kept. */
  codeDirectory: string
  /** Where they are unpacked, e.g. the system's directory for temporary files. */
  temporaryDirectory: string
  /** Where other nodes find them; absent where one server has them all. */
  shared?: SharedPackages
}

/** Packages where every node of a cluster finds them. */
export interface SharedPackages {
  /** Resolves when it is durable. */
  save: (accountId: string, codeId: string, archive: Uint8Array) => Promise<void>
  find: (accountId: string, codeId: string) => Promise<Uint8Array | undefined>
  remove: (accountId: string, codeId: string) => Promise<void>
}

/** A directory carries which process made it: ids of processes are used again, at the same time they are not. */
const runPrefix = 'muster-functions-'
const ownMark = `${process.pid}-${Math.round(performance.timeOrigin)}-`

/** Below the directory of code. The file never changes; it is there before the database names it, and as long as it does. */
export const codeFile = (accountId: string, codeId: string) => join(accountId, `${codeId}.zip`)

/** Also clears away what servers that were killed have left: half-written packages, and files in the temporary directory. */
export async function openCodeStore(options: CodeStoreOptions): Promise<CodeStore> {
  const { codeDirectory, temporaryDirectory, shared } = options
  await removeDrafts(codeDirectory)
  await removeLeftovers(temporaryDirectory)
  const runDirectory = await mkdtemp(join(temporaryDirectory, `${runPrefix}${ownMark}`))
  await chmod(runDirectory, 0o711)
  const folders = new UnpackedFolders(runDirectory)
  const fileOf = (accountId: string, codeId: string) => join(codeDirectory, codeFile(accountId, codeId))
  const read = async (accountId: string, codeId: string) => {
    const own = await readIfThere(fileOf(accountId, codeId))
    if (own || !shared) return own
    const others = await shared.find(accountId, codeId)
    if (others) await writeDurably(fileOf(accountId, codeId), others)
    return others
  }

  return {
    runDirectory,
    async save(accountId, archive) {
      await checkArchive(archive)
      const codeId = randomUUID()
      await writeDurably(fileOf(accountId, codeId), archive)
      await shared?.save(accountId, codeId, archive)
      const sha256 = createHash('sha256').update(archive).digest('base64')
      return { codeId, sha256, size: archive.byteLength }
    },
    read,
    unpack: (accountId, codeId) =>
      folders.use(codeId, async () => {
        const archive = await read(accountId, codeId)
        if (archive) return archive
        throw new Error(`the package ${codeId} of a function is not there`)
      }),
    async remove(accountId, codeId) {
      await shared?.remove(accountId, codeId)
      await rm(fileOf(accountId, codeId), { force: true })
      await folders.remove(codeId)
    },
    [Symbol.asyncDispose]: () => rm(runDirectory, { recursive: true, force: true }),
  }
}

const draftExtension = '.draft'

async function removeDrafts(codeDirectory: string): Promise<void> {
  const files = await readdir(codeDirectory, { recursive: true }).catch(noneIfMissing)
  for (const name of files) if (name.endsWith(draftExtension)) await rm(join(codeDirectory, name))
}

function noneIfMissing(cause: NodeJS.ErrnoException): string[] {
  if (cause.code === 'ENOENT') return []
  throw cause
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const directory = dirname(file)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomUUID()}${draftExtension}`
  {
    await using handle = await open(draft, 'wx', 0o600)
    await handle.writeFile(bytes)
    await handle.sync()
  }
  await rename(draft, file)
  await using parent = await open(directory)
  await parent.sync()
}

async function removeLeftovers(temporaryDirectory: string): Promise<void> {
  for (const name of await readdir(temporaryDirectory)) {
    if (!name.startsWith(runPrefix) || !isLeftover(name.slice(runPrefix.length))) continue
    // Another user's leftovers are not ours to clear.
    await rm(join(temporaryDirectory, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function isLeftover(mark: string): boolean {
  const pid = Number.parseInt(mark, 10)
  if (Number.isNaN(pid) || mark.startsWith(ownMark)) return false
  return pid === process.pid || !isRunning(pid)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
