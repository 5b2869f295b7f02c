/** Entries of a chain that were written one after the other, as one row. */
import type { Tables } from '../../store/index.ts'

type Block = Pick<Tables['audit_blocks'], 'lines' | 'hashes'>

/** So many entries are in a whole one, or as many more as a commit has left at once. */
export const wholeBlock = 256

export const bytesOf = ({ lines, hashes }: Block): number => Buffer.byteLength(lines) + hashes.byteLength

/** Without the empty text behind the last newline. */
export const linesOf = ({ lines }: Pick<Block, 'lines'>): string[] => lines.split('\n').slice(0, -1)
