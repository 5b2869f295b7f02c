import { randomBytes } from 'node:crypto'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSealingKey, newSealingKey, readPassphrase } from './passphrase.ts'
import { chunkBytes, seal, unseal } from './seal.ts'

const passphrase = 'correct horse battery staple'
const sealing = await newSealingKey(passphrase)

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source))
}

/** Without the first line. */
async function sealed(plain: Uint8Array): Promise<Buffer> {
  return (await collect(seal(sealing, inPieces(plain, 1000)))).subarray(sealing.header.length)
}

const opened = (bytes: Uint8Array, size = 777) => collect(unseal(sealing, inPieces(bytes, size)))

const two = randomBytes(2 * chunkBytes)
const first = chunkBytes + 16

describe('a sealed stream', () => {
  it.each([0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes])(
    'of %i bytes comes out as it went in, however it is cut into pieces',
    async (length) => {
      const plain = randomBytes(length)
      const bytes = await sealed(plain)
      for (const size of [977, first, 1 << 20]) expect((await opened(bytes, size)).equals(plain)).toBe(true)
    },
  )

  it('shows every bit that was turned', async () => {
    const bytes = await sealed(two)
    const place = fc.nat({ max: bytes.length * 8 - 1 })
    await fc.assert(
      fc.asyncProperty(place, async (bit) => {
        const turned = Buffer.from(bytes)
        turned[bit >> 3]! ^= 1 << (bit & 7)
        await expect(opened(turned, 1 << 20)).rejects.toThrow(/damaged: it was changed/)
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['a chunk is missing at the end', (bytes: Buffer) => bytes.subarray(0, first)],
    ['a chunk is missing at the beginning', (bytes: Buffer) => bytes.subarray(first)],
    [
      'two chunks have changed places',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(first), bytes.subarray(0, first)]),
    ],
    ['bytes were added', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(5)])],
    ['one byte is missing', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['nothing is left', () => Buffer.alloc(0)],
  ])('is refused when %s', async (_, change) => {
    await expect(opened(change(await sealed(two)))).rejects.toThrow(/^the backup is damaged/)
  })

  it('hands out nothing of a chunk before all of it has been proven', async () => {
    const bytes = await sealed(two)
    bytes[first + 5]! ^= 1
    const got: Uint8Array[] = []
    const read = async () => {
      for await (const chunk of unseal(sealing, inPieces(bytes, 1 << 20))) got.push(chunk)
    }
    await expect(read()).rejects.toThrow(/damaged/)
    expect(Buffer.concat(got).equals(two.subarray(0, chunkBytes))).toBe(true)
  })
})

describe('the passphrase of a sealed backup', () => {
  it('opens it, another one does not, and is told from damage', async () => {
    const found = await findSealingKey(passphrase, sealing.header)
    expect(Buffer.from(found.key).equals(Buffer.from(sealing.key))).toBe(true)
    await expect(findSealingKey(`${passphrase}r`, sealing.header)).rejects.toThrow(
      'the passphrase is not the one that the backup was sealed with',
    )
  })

  it('makes another key each time', async () => {
    const other = await newSealingKey(passphrase)
    expect(Buffer.from(other.key).equals(Buffer.from(sealing.key))).toBe(false)
  })

  it.each([
    ['another cost of memory', 'scrypt 17 9 1'],
    ['a cost beyond a gigabyte', 'scrypt 30 8 1'],
    ['another way', 'argon 17 8 1'],
  ])('is not tried on a first line with %s', async (_, words) => {
    const header = Buffer.from(sealing.header).toString().replace('scrypt 17 8 1', words)
    await expect(findSealingKey(passphrase, Buffer.from(header))).rejects.toThrow(/its first line/)
  })

  it('is read without the end of its line, refused when it is short, and never shown', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-test-'))
    const file = join(directory, 'passphrase')
    writeFileSync(file, `${passphrase}\r\n`)
    expect(await readPassphrase(file)).toBe(passphrase)
    writeFileSync(file, 'sesame\n')
    const refusal = await readPassphrase(file).catch((error: unknown) => String(error))
    expect(refusal).toMatch(/must have 12 characters or more, it has 6/)
    expect(refusal).not.toContain('sesame')
    await expect(readPassphrase(join(directory, 'none'))).rejects.toThrow(/cannot be read/)
    rmSync(directory, { recursive: true })
  })
})
