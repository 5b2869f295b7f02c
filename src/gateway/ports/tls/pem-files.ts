/** Keys and certificates as pairs of PEM files: `<name>.key`, mode 0600, and `<name>.pem`. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../../lib/durable-file.ts'
import type { CertificatePair } from './certificate-pair.ts'

/**
 * `undefined` when there is none, or when a crash left key and certificate of different makings.
 * @throws {Error} when the files hold something else
 */
export async function loadPair(directory: string, name: string): Promise<CertificatePair | undefined> {
  try {
    const key = await readFile(join(directory, `${name}.key`), 'utf8')
    const cert = await readFile(join(directory, `${name}.pem`), 'utf8')
    const belongTogether = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
    return belongTogether ? { key, cert } : undefined
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${name}.key and ${name}.pem in ${directory} cannot be used`, { cause })
  }
}

export async function savePair(
  directory: string,
  name: string,
  issued: CertificatePair,
): Promise<CertificatePair> {
  await saveFile(join(directory, `${name}.key`), issued.key, 0o600)
  await saveFile(join(directory, `${name}.pem`), issued.cert, 0o644)
  return issued
}

/** As `replaceFile`, in a directory that is made when it is not there. */
export async function saveFile(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await replaceFile(path, text, mode)
}
