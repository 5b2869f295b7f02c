/**
 * A directory as one file and back: tar, compressed by zstd, which any `tar --zstd -xf` reads too; sealed, where there is a
 * passphrase.
 */
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { BackupError, damaged } from './backup-error.ts'
import { findSealingKey, maxHeaderBytes, newSealingKey, sealedMark } from './passphrase.ts'
import { seal, unseal } from './seal.ts'
import { causeText } from '../../lib/cause-text.ts'

export interface ArchiveOptions {
  /** Absent: it is not sealed. */
  passphrase?: string | undefined
  /** Stops the work; what was made so far is the caller's to remove. */
  signal?: AbortSignal | undefined
}

/** Without a checksum a change is not found out where it falls between two files, say. (RFC 8878 3.1.1, Content_Checksum) */
const withChecksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }

/** It takes a while to load, and a server that makes no archive has no use for it. */
const loadTar = () => import('tar')

/** Writes `file`, mode 0600, which must not be there; durable when it resolves. `paths` are relative to the directory. */
export async function pack(
  directory: string,
  paths: readonly string[],
  file: string,
  { passphrase, signal }: ArchiveOptions,
): Promise<void> {
  const key = passphrase === undefined ? undefined : await newSealingKey(passphrase)
  const members = paths.map((path) => `./${path}`) // a name with `@` in front would be an archive to take in
  const { create } = await loadTar()
  const tar = create({ cwd: directory, portable: true, noDirRecurse: true, strict: true }, members)
  const source = Readable.from(tar as AsyncIterable<Uint8Array>)
  await using target = await open(file, 'wx', 0o600)
  const write = (bytes: AsyncIterable<Uint8Array>) => target.writeFile(key ? seal(key, bytes) : bytes)
  await pipeline(source, createZstdCompress(withChecksum), write, { signal })
  await target.sync()
}

/**
 * Writes what the archive holds below `directory`, which is there and empty: plain files alone.
 * @throws {BackupError} for another passphrase, or what is not, or not wholly, an archive of ours
 */
export async function unpack(file: string, directory: string, options: ArchiveOptions): Promise<void> {
  const { signal } = options
  const strange: string[] = []
  const { extract } = await loadTar()
  const tar = extract({ cwd: directory, strict: true, preserveOwner: false, filter: onlyPlain(strange) })
  tar.on('error', () => {}) // the first one is met below; what it had begun to write may fail as well
  const closed = once(tar, 'close')
  closed.catch(() => {})
  const take = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks)
      if (!tar.write(Buffer.from(chunk))) await Promise.race([once(tar, 'drain'), closed])
    tar.end()
    await closed
  }
  try {
    const archived = Readable.from(await openArchive(file, options))
    await pipeline(archived, createZstdDecompress(), take, { signal })
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof BackupError) throw cause
    throw damaged(causeText(cause), cause)
  }
  if (strange.length > 0) throw damaged(`it holds ${strange[0]}`)
}

/** Links and devices are none of ours; the library keeps paths inside the directory. */
function onlyPlain(strange: string[]): (path: string, entry: object) => boolean {
  return (path, entry) => {
    const { type = 'a thing of no type' } = entry as { type?: string }
    if (type === 'File' || type === 'Directory') return true
    strange.push(`${path}, a ${type}`)
    return false
  }
}

async function openArchive(file: string, { passphrase }: ArchiveOptions): Promise<AsyncIterable<Uint8Array>> {
  const first = await readStart(file)
  const isSealed = first.toString('latin1').startsWith(sealedMark)
  if (isSealed !== (passphrase !== undefined))
    throw new BackupError(
      isSealed
        ? 'the backup is sealed: give the file with its passphrase, --passphrase-file'
        : 'the backup is not sealed, so nothing shows who made it; leave --passphrase-file out to read it all the same',
    )
  if (passphrase === undefined) return createReadStream(file)
  const header = first.subarray(0, first.indexOf('\n') + 1)
  return unseal(await findSealingKey(passphrase, header), createReadStream(file, { start: header.length }))
}

async function readStart(file: string): Promise<Buffer> {
  await using opened = await open(file).catch((cause: unknown) => {
    throw new BackupError(`there is no backup to read at ${file}: ${causeText(cause)}`, { cause })
  })
  const { buffer, bytesRead } = await opened.read(Buffer.alloc(maxHeaderBytes), 0, maxHeaderBytes, 0)
  return buffer.subarray(0, bytesRead)
}
