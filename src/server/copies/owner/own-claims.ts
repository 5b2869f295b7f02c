/** In the data directory: by what a server knows its claim again after a restart, and a copy of the directory does not. */
import { randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../../lib/durable-file.ts'
import { copiesOwnerName } from '../../backup/members.ts'
import type { Claim } from './claim.ts'

const fileSchema = z.object({
  owner: z.string(),
  /** Of the directory, which a copy of it does not have. */
  inode: z.string(),
  /** Of the claim that is there, and of the one that is about to be: a kill may come before or after that. */
  nonces: z.array(z.string()),
})

export class OwnClaims {
  readonly owner: string
  readonly #dataDir: string
  readonly #inode: string
  #nonces: readonly string[]

  private constructor(dataDir: string, { owner, inode, nonces }: z.infer<typeof fileSchema>) {
    this.owner = owner
    this.#dataDir = dataDir
    this.#inode = inode
    this.#nonces = nonces
  }

  static async open(dataDir: string): Promise<OwnClaims> {
    const inode = String((await stat(dataDir, { bigint: true })).ino)
    const known = await readKnown(dataDir)
    const nonces = known?.inode === inode ? known.nonces : []
    return new OwnClaims(dataDir, { owner: known?.owner ?? randomUUID(), inode, nonces })
  }

  /** Nobody but this server has written since it did. */
  isLast({ nonce }: Claim): boolean {
    return this.#nonces.includes(nonce)
  }

  /** Before a claim with that nonce is written in place of the one with the nonce `before`, if that was this server's. */
  async expect(nonce: string, before: string | undefined): Promise<void> {
    const nonces = before === undefined ? [nonce] : [before, nonce]
    const content = { owner: this.owner, inode: this.#inode, nonces }
    await replaceFile(join(this.#dataDir, copiesOwnerName), `${JSON.stringify(content)}\n`)
    this.#nonces = nonces
  }
}

/** Undefined when there is none, or none that can be read: a claim of before is another's then. */
async function readKnown(dataDir: string): Promise<z.infer<typeof fileSchema> | undefined> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(join(dataDir, copiesOwnerName), 'utf8')))
  } catch {
    return undefined
  }
}
