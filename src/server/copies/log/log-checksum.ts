/** Checksums of SQLite's write-ahead log, each built on the one before. Source: sqlite.org/fileformat2.html#checksum_algorithm */

/** Two numbers of 32 bits. */
export type LogChecksum = readonly [number, number]

/**
 * @param bytes a multiple of 8
 * @param isBigEndian how the log's first bytes say that words are to be read
 */
export function continueChecksum(
  [first, second]: LogChecksum,
  bytes: Buffer,
  isBigEndian: boolean,
): LogChecksum {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let [s0, s1] = [first, second]
  for (let offset = 0; offset < bytes.byteLength; offset += 8) {
    s0 = (s0 + words.getUint32(offset, !isBigEndian) + s1) >>> 0
    s1 = (s1 + words.getUint32(offset + 4, !isBigEndian) + s0) >>> 0
  }
  return [s0, s1]
}

/** As it stands in the log, always with its high byte first. */
export const readChecksum = (bytes: Buffer, offset: number): LogChecksum => [
  bytes.readUInt32BE(offset),
  bytes.readUInt32BE(offset + 4),
]

export const isSameChecksum = (one: LogChecksum, other: LogChecksum): boolean =>
  one[0] === other[0] && one[1] === other[1]
