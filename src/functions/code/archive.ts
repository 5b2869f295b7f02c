/** Reads deployment packages: ZIP archives that nobody has vouched for. */
import { chmod, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl'
import { lambdaError } from '../registry/lambda-error.ts'
import { causeText } from '../../lib/cause-text.ts'

/** Lambda quotas, "Deployment package (.zip file archive) size"; the number of files is Muster's own. */
const archiveLimits = { zippedBytes: 50 << 20, unzippedBytes: 250 << 20, files: 10_000 }
const maxPathLength = 1024

/** What Unix file modes say a file is; 0 when the archive was made elsewhere. */
const fileTypeMask = 0o170_000
const plainTypes = new Set([0, 0o100_000, 0o040_000])

/** A file of the archive, checked. */
interface ArchivedFile {
  /** Relative, with `/`, without `.` and `..`. */
  path: string
  isExecutable: boolean
}

type Take = (file: ArchivedFile, content: AsyncIterable<Uint8Array>) => Promise<void>

/**
 * Reads every byte, so that a damaged archive is refused before anybody relies on it.
 * @throws {AwsError} `InvalidParameterValueException`, and never writes anything
 */
export async function checkArchive(archive: Uint8Array): Promise<void> {
  await readArchive(archive, async (_file, content) => {
    for await (const _chunk of content);
  })
}

/** Whether there is such a file in an archive that was checked. */
export async function holdsFile(archive: Uint8Array, path: string): Promise<boolean> {
  for await (const entry of entriesOf(await openArchive(archive))) if (checkEntry(entry) === path) return true
  return false
}

/** Writes the files below `directory`, which exists and is empty, readable by every user. */
export async function extractArchive(archive: Uint8Array, directory: string): Promise<void> {
  await readArchive(archive, async ({ path, isExecutable }, content) => {
    const target = join(directory, path)
    const made = await mkdir(dirname(target), { recursive: true })
    if (made !== undefined) await openFolders(made, dirname(target))
    await using file = await open(target, 'wx')
    for await (const chunk of content) await file.write(chunk)
    await file.chmod(isExecutable ? 0o755 : 0o644)
  })
}

/** Whatever the process's umask is. */
async function openFolders(first: string, last: string): Promise<void> {
  for (let folder = last; folder.length >= first.length; folder = dirname(folder)) await chmod(folder, 0o755)
}

async function readArchive(archive: Uint8Array, take: Take): Promise<void> {
  if (archive.byteLength > archiveLimits.zippedBytes)
    throw refusal(`Unzipped size must be smaller than ${archiveLimits.unzippedBytes} bytes`)
  const zip = await openArchive(archive)
  const files = new Map<string, Entry>()
  let unzippedBytes = 0
  for await (const entry of entriesOf(zip)) {
    const path = checkEntry(entry)
    unzippedBytes += entry.uncompressedSize
    if (unzippedBytes > archiveLimits.unzippedBytes)
      throw refusal(`Unzipped size must be smaller than ${archiveLimits.unzippedBytes} bytes`)
    if (path === undefined) continue
    if (files.has(path)) throw broken(`${path} is there twice`)
    files.set(path, entry)
    if (files.size > archiveLimits.files) throw broken(`it has more than ${archiveLimits.files} files`)
  }
  for (const path of files.keys()) refuseFileAsFolder(path, files)
  for (const [path, entry] of files) {
    const isExecutable = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0
    await take({ path, isExecutable }, contentOf(zip, entry))
  }
}

async function openArchive(archive: Uint8Array): Promise<ZipFile> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  try {
    return await fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: true })
  } catch (cause) {
    throw broken(cause)
  }
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    for await (const entry of zip.eachEntry()) yield entry
  } catch (cause) {
    throw broken(cause)
  }
}

/** The path of a file; `undefined` for a folder. The library has refused absolute paths and `..`. */
function checkEntry(entry: Entry): string | undefined {
  const { fileName } = entry
  const type = (entry.externalFileAttributes >>> 16) & fileTypeMask
  if (!plainTypes.has(type)) throw broken(`${fileName} is a link or a device`)
  if (entry.isEncrypted()) throw broken(`${fileName} is encrypted`)
  if (fileName.endsWith('/')) return undefined
  const steps = fileName.split('/').filter((step) => step !== '' && step !== '.')
  if (steps.length === 0 || steps.includes('..') || fileName.includes('\0') || fileName.startsWith('/'))
    throw broken(`${JSON.stringify(fileName)} is no relative path`)
  if (fileName.length > maxPathLength || steps.some((step) => Buffer.byteLength(step) > 255))
    throw broken('a path in it is too long')
  return steps.join('/')
}

function refuseFileAsFolder(path: string, files: ReadonlyMap<string, Entry>): void {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    if (files.has(path.slice(0, end))) throw broken(`${path.slice(0, end)} is both a file and a folder`)
}

/** The library ends a stream with an error when it is longer or shorter than its entry says. */
async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let checksum = 0
  try {
    const stream: Readable = await zip.openReadStreamPromise(entry)
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      checksum = crc32(chunk, checksum)
      yield chunk
    }
  } catch (cause) {
    throw broken(cause)
  }
  if (checksum !== entry.crc32) throw broken(`${entry.fileName} is damaged`)
}

function broken(cause: unknown): Error {
  const reason = causeText(cause)
  return refusal(
    `Could not unzip uploaded file. Please check your file, then try to upload again. (${reason})`,
  )
}

const refusal = (message: string) => lambdaError('InvalidParameterValueException', message)
