/**
 * Files of the data directory that must be the same on every node, e.g. keys of CAs. The first node puts them into the
 * database, sealed with the key of the cluster; all others get them from there.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../lib/durable-file.ts'
import type { Db, Store } from '../../store/index.ts'
import { insertFile, listFiles } from './store.ts'

export interface SharedFiles {
  directory: string
  /** Below the directory; in the database all are there or none. */
  names: readonly string[]
  /** Makes those that are missing in the directory. */
  make: () => Promise<unknown>
}

type Contents = ReadonlyMap<string, Buffer>

/** @throws {Error} for a person, when the directory has other ones than the cluster */
export async function shareFiles(
  store: Pick<Store, 'transact' | 'secrets' | 'read'>,
  { directory, names, make }: SharedFiles,
): Promise<void> {
  const present = names.filter((name) => existsSync(join(directory, name)))
  let shared = open(store, await listFiles(store.read))
  if (shared.size === 0) {
    await make()
    const own = new Map<string, Buffer>()
    for (const name of names) own.set(name, await readFile(join(directory, name)))
    shared = open(store, await store.transact((db) => findOrInsert(db, store, own))) // another node may be faster
  }
  for (const name of present)
    checkSame(await readFile(join(directory, name)), shared.get(name), join(directory, name))
  const missing = names.filter((name) => !present.includes(name))
  for (const name of missing) await rm(join(directory, name), { force: true }) // a key and its certificate are of one making
  for (const name of missing) await put(join(directory, name), shared.get(name))
}

type Sealed = readonly { name: string; sealed: string }[]

const open = ({ secrets }: Pick<Store, 'secrets'>, files: Sealed): Contents =>
  new Map(files.map(({ name, sealed }) => [name, Buffer.from(secrets.open(sealed, name), 'base64')]))

async function findOrInsert(db: Db, { secrets }: Pick<Store, 'secrets'>, own: Contents): Promise<Sealed> {
  const known = await listFiles(db)
  if (known.length > 0) return known
  const sealed = [...own].map(([name, content]) => ({
    name,
    sealed: secrets.seal(content.toString('base64'), name),
  }))
  for (const file of sealed) await insertFile(db, file)
  return sealed
}

function checkSame(own: Buffer, shared: Buffer | undefined, file: string): void {
  if (shared && own.equals(shared)) return
  throw new Error(
    `${file} is not the one of the cluster: give a node that joins an empty --data-dir, ` +
      'and that of the server which the cluster begins with to its first node alone',
  )
}

async function put(file: string, content: Buffer | undefined): Promise<void> {
  if (!content) throw new Error(`the cluster has no ${file}: it was begun by another version`)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await replaceFile(file, content, file.endsWith('.key') ? 0o600 : 0o644)
}
