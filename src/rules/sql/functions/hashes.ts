/** Hashes, as lowercase hex. Source: AWS IoT Developer Guide, "Hashing functions". */
import { createHash } from 'node:crypto'
import type { SqlFunction, SqlFunctions } from './function.ts'
import { md2 } from './md2.ts'
import { ofTexts } from './texts.ts'

const hash = (algorithm: string): SqlFunction =>
  ofTexts(1, ([text]) => createHash(algorithm).update(text).digest('hex'))

export const hashes: SqlFunctions = {
  md2: ofTexts(1, ([text], { budget }) => {
    budget.spend(text.length * 4)
    return md2(Buffer.from(text))
  }),
  md5: hash('md5'),
  sha1: hash('sha1'),
  sha224: hash('sha224'),
  sha256: hash('sha256'),
  sha384: hash('sha384'),
  sha512: hash('sha512'),
}
