/**
 * A number of 32 bits, never 0, that is the same for the same text: FNV-1a over its UTF-16 code units. Not for what
 * somebody may want to forge. It is written to disk, so it must stay as it is.
 */
export function fingerprint(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >> 8), 0x01000193)
  }
  return hash >>> 0 || 1
}
