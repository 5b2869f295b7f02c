/** Keeps the files beside the database by their content: keys, certificates, code of functions, lists. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, copyFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { syncPath } from '../../../lib/durable-file.ts'
import { ignoreMissing, listMembers } from '../../backup/members.ts'
import type { KeptFiles } from '../blocks/block.ts'

/** Entries of the record of calls on their way into the database: what is in it by then is what a restore brings back. */
const notKept = new Set(['audit.spool'])
/** One that nobody names may have been stored just now, and be named in a moment. */
const graceMs = 3_600_000

interface Known {
  /** Changes with the file. */
  stamp: string
  kept: KeptFiles[string]
}

export class FileKeeper {
  readonly #dataDir: string
  readonly #directory: string
  #known = new Map<string, Known>()

  constructor(dataDir: string, directory: string) {
    this.#dataDir = dataDir
    this.#directory = directory
  }

  /** All of them, as of the last look. */
  get files(): KeptFiles {
    return Object.fromEntries([...this.#known].map(([path, { kept }]) => [path, kept]))
  }

  /** Stores what is new; resolves with whether anything is other than at the last look. */
  async look(): Promise<boolean> {
    const seen = new Map<string, Known>()
    let isChanged = false
    for (const path of await listMembers(this.#dataDir)) {
      if (notKept.has(path)) continue
      const facts = await stat(join(this.#dataDir, path)).catch(ignoreMissing)
      if (!facts) continue
      const stamp = `${facts.ino} ${facts.size} ${facts.mtimeMs}`
      const known = this.#known.get(path)
      const kept = known?.stamp === stamp ? known.kept : await this.#keep(path)
      if (!kept) continue
      isChanged ||= known?.kept.sha256 !== kept.sha256
      seen.set(path, { stamp, kept })
    }
    isChanged ||= seen.size !== this.#known.size
    this.#known = seen
    return isChanged
  }

  async #keep(path: string): Promise<KeptFiles[string] | undefined> {
    const draft = join(this.#directory, 'new.draft')
    const isThere = await copyFile(join(this.#dataDir, path), draft).then(() => true, ignoreMissing)
    if (isThere === undefined) return undefined
    await chmod(draft, 0o600)
    const hash = createHash('sha256')
    await pipeline(createReadStream(draft), hash)
    const kept = { sha256: hash.digest('hex'), size: (await stat(draft)).size }
    const file = join(this.#directory, kept.sha256)
    if (await stat(file).catch(ignoreMissing)) {
      await rm(draft)
      await utimes(file, new Date(), new Date()) // it is named again
    } else {
      await syncPath(draft)
      await rename(draft, file)
      await syncPath(this.#directory)
    }
    return kept
  }

  /** Removes those that are neither among `named` nor stored lately. */
  async tidy(named: ReadonlySet<string>, now: number): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      const file = join(this.#directory, name)
      const facts = await stat(file).catch(ignoreMissing)
      const isNamed = named.has(name) || [...this.#known.values()].some(({ kept }) => kept.sha256 === name)
      if (facts && !isNamed && now - facts.mtimeMs > graceMs) await rm(file, { force: true })
    }
  }
}
