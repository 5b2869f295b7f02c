/**
 * The last good list of each CA, as files: after a restart they are known before anything can be fetched. Whoever
 * reads one must verify it anew.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../lib/durable-file.ts'

export interface ListKey {
  accountId: string
  caCertificateId: string
}

export interface KeptLists {
  /** `undefined` when there is none. */
  read: (key: ListKey) => Promise<Uint8Array | undefined>
  /** Resolves when it is durable. */
  write: (key: ListKey, der: Uint8Array) => Promise<void>
  remove: (key: ListKey) => Promise<void>
  /** Removes all but these. */
  keepOnly: (keys: readonly ListKey[]) => Promise<void>
}

const extension = '.crl'

export async function openKeptLists(directory: string): Promise<KeptLists> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const nameOf = ({ accountId, caCertificateId }: ListKey) => `${accountId}-${caCertificateId}${extension}`
  const fileOf = (key: ListKey) => join(directory, nameOf(key))
  return {
    read: (key) => readFile(fileOf(key)).catch(undefinedIfMissing),
    write: (key, der) => replaceFile(fileOf(key), der),
    remove: (key) => rm(fileOf(key), { force: true }),
    async keepOnly(keys) {
      const kept = new Set(keys.map(nameOf))
      for (const name of await readdir(directory))
        if (!kept.has(name)) await rm(join(directory, name), { recursive: true })
    },
  }
}

function undefinedIfMissing(cause: unknown): undefined {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
  throw cause
}
