/** The claim to a directory, beside the lock that only those see who share a kernel, or a file system with locks. */
import { hash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile, syncPath } from '../../../lib/durable-file.ts'
import { ignoreMissing } from '../../backup/members.ts'
import { decodeClaim, encodeClaim, type Claim, type ClaimStore } from './claim.ts'

const claimName = 'owner.json'

export function directoryClaims(directory: string): ClaimStore {
  const file = join(directory, claimName)
  const tagOf = (bytes: Buffer) => hash('sha256', bytes, 'hex')
  const read = async () => {
    const bytes = await readFile(file).catch(ignoreMissing)
    return bytes && { claim: decodeClaim(bytes), tag: tagOf(bytes) }
  }
  return {
    read,
    async create(claim) {
      const bytes = encodeClaim(claim)
      try {
        await using made = await open(file, 'wx', 0o600)
        await made.writeFile(bytes)
        await made.sync()
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined
        throw cause
      }
      await syncPath(directory)
      return tagOf(bytes)
    },
    async replace(claim: Claim, tag) {
      if ((await read())?.tag !== tag) return undefined
      const bytes = encodeClaim(claim)
      await replaceFile(file, bytes)
      return tagOf(bytes)
    },
    isToBeConfirmed: { create: false, replace: true },
  }
}
