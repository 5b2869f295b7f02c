import { readFileSync } from 'node:fs'

const minBytes = 16

/**
 * What requests to webhooks are signed with: the text of a file, without white space around it.
 * @throws {Error} for a person
 */
export function readHookSecret(file: string): string {
  const secret = readFileSync(file, 'utf8').trim()
  if (Buffer.byteLength(secret) >= minBytes) return secret
  throw new Error(
    `${file} must hold a secret of ${minBytes} bytes or more, it holds ${Buffer.byteLength(secret)}: openssl rand -hex 32 > ${file}`,
  )
}
