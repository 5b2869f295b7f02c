/**
 * Seals a stream with AES-256-GCM in chunks, each bound to its place, to the first line, and to whether it is the last:
 * none can be changed, moved, left out, or added, and every byte that comes out is one that went in.
 * Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", STREAM.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { damaged } from './backup-error.ts'
import type { SealingKey } from './passphrase.ts'

const algorithm = 'aes-256-gcm'
export const chunkBytes = 65_536
const tagBytes = 16

/** The key is of this one stream, so counting makes no nonce twice. */
function nonceOf(count: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(count, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/** The first line, then chunk after chunk. */
export async function* seal(
  { key, header }: SealingKey,
  plain: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield header
  let count = 0
  for await (const { chunk, isLast } of chunksOf(plain, chunkBytes)) {
    const cipher = createCipheriv(algorithm, key, nonceOf(count++, isLast)).setAAD(header)
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()])
  }
}

/**
 * @param sealed what follows the first line
 * @throws {BackupError} at the first chunk that is not what was sealed, before anything of it comes out
 */
export async function* unseal(
  { key, header }: SealingKey,
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let count = 0
  for await (const { chunk, isLast } of chunksOf(sealed, chunkBytes + tagBytes)) {
    if (chunk.length < tagBytes) throw damaged('it ends too early')
    const nonce = nonceOf(count++, isLast)
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(header)
    decipher.setAuthTag(chunk.subarray(-tagBytes))
    yield open(() => Buffer.concat([decipher.update(chunk.subarray(0, -tagBytes)), decipher.final()]))
  }
}

function open(decipher: () => Uint8Array): Uint8Array {
  try {
    return decipher()
  } catch (cause) {
    throw damaged('it was changed or cut off since it was sealed', cause)
  }
}

/** All of `size` bytes but the last one, which has as many or fewer, and may be empty. */
async function* chunksOf(source: AsyncIterable<Uint8Array>, size: number) {
  let rest = Buffer.alloc(0)
  for await (const bytes of source) {
    rest = Buffer.concat([rest, bytes])
    for (; rest.length > size; rest = rest.subarray(size))
      yield { chunk: rest.subarray(0, size), isLast: false }
  }
  yield { chunk: rest, isLast: true }
}
