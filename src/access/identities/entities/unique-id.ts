import { randomBytes } from 'node:crypto'

/** First letters of an id tell what it belongs to (IAM User Guide, "IAM identifiers"). */
type UniqueIdPrefix = 'AIDA' | 'AGPA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The prefix and random upper-case base32 characters: 21 characters in all, access key ids 20. */
export function createUniqueId(prefix: UniqueIdPrefix): string {
  const length = prefix === 'AKIA' || prefix === 'ASIA' ? 16 : 17
  const random = Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length])
  return prefix + random.join('')
}

/** 40 characters of the base64 alphabet: 240 random bits. */
export function createSecretAccessKey(): string {
  return randomBytes(30).toString('base64')
}
