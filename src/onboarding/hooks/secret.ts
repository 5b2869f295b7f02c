import { readFileSync } from 'node:fs'
import { causeText } from '../../lib/cause-text.ts'

const minBytes = 16

/**
 * What requests to webhooks are signed with: the text of a file, without white space around it.
 * @throws {Error} for a person
 */
export function readHookSecret(file: string): string {
  const secret = readText(file).trim()
  if (Buffer.byteLength(secret) >= minBytes) return secret
  throw new Error(
    `--hook-secret-file: ${file} must hold a secret of ${minBytes} bytes or more, it holds ${Buffer.byteLength(secret)}: openssl rand -hex 32 > ${file}`,
  )
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Error(`--hook-secret-file cannot be read: ${causeText(cause)}`, { cause })
  }
}
