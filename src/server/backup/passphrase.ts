/** The first line of a sealed backup, and the key that it and a passphrase make: scrypt, RFC 7914. */
import { hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { constantEquals } from '../../lib/constant-equals.ts'
import { BackupError, damaged } from './backup-error.ts'

/** What stands at the beginning of a sealed backup. */
export const sealedMark = 'muster-sealed-1 '
/** Longer than any first line. */
export const maxHeaderBytes = 200

export interface SealingKey {
  key: Uint8Array
  /** The first line, its end included; whatever is sealed is bound to it. */
  header: Uint8Array
}

/** OWASP Password Storage Cheat Sheet, "scrypt": 128 MiB for one guess. */
const cost = { logN: 17, r: 8, p: 1 }
/** Of a backup from elsewhere: none may ask for more than a gigabyte. */
const maxLogN = 20
const minPassphraseLength = 12

/**
 * The text of the file without the end of its last line.
 * @throws {BackupError} for one that is too short, or a file that cannot be read
 */
export async function readPassphrase(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BackupError(`the passphrase file ${file} cannot be read`, { cause })
  })
  const passphrase = text.replace(/\r?\n$/, '')
  if (passphrase.length >= minPassphraseLength) return passphrase
  throw new BackupError(
    `the passphrase in ${file} must have ${minPassphraseLength} characters or more, it has ${passphrase.length}`,
  )
}

export async function newSealingKey(passphrase: string): Promise<SealingKey> {
  const salt = randomBytes(16)
  const { key, check } = await derive(passphrase, salt, cost.logN)
  const words = ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64url'), check]
  return { key, header: Buffer.from(`${sealedMark}${words.join(' ')}\n`) }
}

/**
 * @param header the first line, its end included
 * @throws {BackupError} for another passphrase than it was sealed with, or a line that is none of ours
 */
export async function findSealingKey(passphrase: string, header: Uint8Array): Promise<SealingKey> {
  const line = Buffer.from(header).toString('latin1')
  const [, logN = '', salt = '', expected = ''] =
    /^muster-sealed-1 scrypt (\d{1,2}) 8 1 ([\w-]{22}) ([\w-]{22})\n$/.exec(line) ?? []
  if (expected === '' || Number(logN) > maxLogN || Number(logN) < 1)
    throw damaged('its first line is not that of a sealed backup')
  const { key, check } = await derive(passphrase, Buffer.from(salt, 'base64url'), Number(logN))
  if (constantEquals(check, expected)) return { key, header }
  throw new BackupError('the passphrase is not the one that the backup was sealed with')
}

const scryptOf = promisify<string, Uint8Array, number, object, Buffer>(scrypt)

/** A wrong passphrase is told from damage by `check`, which says nothing about the key. */
async function derive(passphrase: string, salt: Uint8Array, logN: number) {
  const { r, p } = cost
  const N = 2 ** logN
  const master = await scryptOf(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem: 256 * N * r })
  const part = (name: string, length: number) => Buffer.from(hkdfSync('sha256', master, salt, name, length))
  return { key: part('seal', 32), check: part('check', 16).toString('base64url') }
}
