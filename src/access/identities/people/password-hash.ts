/**
 * Passwords are kept as scrypt hashes (RFC 7914), each with a salt and the cost it was made with. Cost: OWASP Cheat Sheet
 * Series, "Password Storage": N=2^15, r=8, p=3.
 */
import { randomBytes, scrypt, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'
import { AwsError } from '../../../api/aws/errors.ts'
import { constantEquals } from '../../../lib/constant-equals.ts'

const derive = promisify(scrypt) as (
  password: string,
  salt: Uint8Array,
  bytes: number,
  options: ScryptOptions,
) => Promise<Buffer>

export interface PasswordCost {
  logN: number
  r: number
  p: number
}

const owaspCost: PasswordCost = { logN: 15, r: 8, p: 3 }
const saltBytes = 16
const hashBytes = 32

/** What a hash takes of the memory, and some more. */
const maxmem = 64 * 1024 * 1024

/** One after the other: each takes 32 MB and a tenth of a second of a processor, and nobody has signed in yet. */
let last: Promise<unknown> = Promise.resolve()
let waiting = 0
const maxWaiting = 50

function inTurn<Output>(work: () => Promise<Output>): Promise<Output> {
  if (waiting >= maxWaiting)
    return Promise.reject(
      new AwsError('ThrottlingException', 'too many passwords wait to be judged; try again'),
    )
  waiting += 1
  const turn = last.then(work).finally(() => (waiting -= 1))
  last = turn.catch(() => undefined)
  return turn
}

/** @throws {AwsError} `ThrottlingException` when so many wait already that one more would only make it worse */
export async function hashPassword(password: string, cost = owaspCost): Promise<string> {
  const salt = randomBytes(saltBytes)
  const hash = await inTurn(() => deriveWith(password, salt, cost))
  return ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64'), hash.toString('base64')].join('$')
}

/** @throws {AwsError} `ThrottlingException` when so many wait already that one more would only make it worse */
export async function isPassword(password: string, kept: string): Promise<boolean> {
  const [, logN, r, p, salt = '', hash = ''] = kept.split('$')
  const given = { logN: Number(logN), r: Number(r), p: Number(p) }
  const derived = await inTurn(() => deriveWith(password, Buffer.from(salt, 'base64'), given))
  return constantEquals(derived.toString('base64'), hash)
}

/** Of nobody: judging it takes as long as judging a real one, and it never fits. */
export const nobodysHash = (cost = owaspCost): string =>
  ['scrypt', cost.logN, cost.r, cost.p, 'AAAAAAAAAAAAAAAAAAAAAA==', ''].join('$')

function deriveWith(password: string, salt: Uint8Array, { logN, r, p }: PasswordCost): Promise<Buffer> {
  return derive(password.normalize('NFC'), salt, hashBytes, { N: 2 ** logN, r, p, maxmem })
}
