/**
 * Each entry carries a hash of its line and of the hash before, so that no byte of the record can be changed, no entry
 * taken away or put in, without all that follow no longer fitting. SHA-256, in lower-case hex.
 */
import { hash } from 'node:crypto'

const hashBytes = 32

/** Whose record it is. A node of a cluster writes a chain of its own. */
export interface ChainName {
  accountId: string
  /** The node's name; empty for a server by itself. */
  chain: string
}

/** What stands before the first entry. */
export const genesis = ({ accountId, chain }: ChainName): string =>
  hash('sha256', `muster audit ${accountId}/${chain}`, 'hex')

export const linkOf = (previous: string, line: string): string => hash('sha256', previous + line, 'hex')

/** The hashes of lines that follow each other, behind `previous`; 32 bytes each. */
export function linkLines(previous: string, lines: readonly string[]): { hashes: Uint8Array; head: string } {
  const hashes = Buffer.allocUnsafe(lines.length * hashBytes)
  let head = previous
  for (const [place, line] of lines.entries()) {
    head = linkOf(head, line)
    hashes.write(head, place * hashBytes, 'hex')
  }
  return { hashes, head }
}

/** Of the entry at that place; short or empty when there are not so many. */
export const hashAt = (hashes: Uint8Array, place: number): string =>
  Buffer.from(hashes.subarray(place * hashBytes, (place + 1) * hashBytes)).toString('hex')

export const countHashes = (hashes: Uint8Array): number => hashes.byteLength / hashBytes
