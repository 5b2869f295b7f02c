/** Texts as numbers of 32 bits (FNV-1a), to be held by the million; different texts may have the same one. */

const prime = 0x01000193
/** Of the empty text. */
export const hashBasis = 0x811c9dc5

/** Of the text that goes on with this UTF-16 code. */
export const stepHash = (hash: number, code: number): number => Math.imul(hash ^ code, prime)

/** Of the text that `start` is of, then `first`, then `text`. */
export function hashText(start: number, text: string, first?: number): number {
  let hash = first === undefined ? start : stepHash(start, first)
  for (let at = 0; at < text.length; at++) hash = stepHash(hash, text.charCodeAt(at))
  return hash
}

/** Never 0. All bits of the hash count in all bits of the number; with another salt it is another one. */
export function mixHash(hash: number, salt: number): number {
  let mixed = hash ^ salt
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) | 0 || 1
}
