/** Seals secrets that the database must be able to show again, with a key that is not in the database. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** `owner` is bound to what is sealed: it opens for the same owner alone, e.g. an access key's id. */
export interface SecretBox {
  seal: (secret: string, owner: string) => string
  /** @throws {Error} when it was sealed with another key, for another owner, or was changed; never with its text */
  open: (sealed: string, owner: string) => string
}

const version = 'v1.'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const algorithm = 'aes-256-gcm'

/** Whether a text of the database is one that `seal` made. Secrets themselves hold no dot. */
export const isSealed = (text: string): boolean => text.startsWith(version)

export function createSecretBox(key: Uint8Array): SecretBox {
  return {
    seal(secret, owner) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(owner))
      const sealed = Buffer.concat([
        nonce,
        cipher.update(secret, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ])
      return version + sealed.toString('base64')
    },
    open(sealed, owner) {
      const bytes = Buffer.from(sealed.slice(version.length), 'base64')
      try {
        if (!isSealed(sealed) || bytes.length < nonceBytes + tagBytes) throw new Error('it is not sealed')
        const nonce = bytes.subarray(0, nonceBytes)
        const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
        decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-tagBytes))
        const opened = decipher.update(bytes.subarray(nonceBytes, -tagBytes))
        return Buffer.concat([opened, decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new Error(
          `the secret of ${owner} cannot be opened: expected one that was sealed with ${keyFile}`,
          {
            cause,
          },
        )
      }
    },
  }
}

export const keyFile = 'secrets.key'

/**
 * The key of the database, 32 bytes in a file of mode 0600 in the directory; made, and durable, when there is none.
 * @throws {Error} for a file of another length
 */
export function loadKey(directory: string): Uint8Array {
  const file = join(directory, keyFile)
  const key = readKey(file) ?? makeKey(file)
  if (key.length === keyBytes) return key
  throw new Error(`${file} must hold ${keyBytes} bytes, it holds ${key.length}`)
}

/**
 * A key that an operator made, the same for all nodes of a cluster.
 * @throws {Error} for a person, when there is none, or of another length
 */
export function readKeyFile(file: string): Uint8Array {
  const key = readKey(file)
  if (key?.length === keyBytes) return key
  const got = key === undefined ? 'there is none' : `it holds ${key.length}`
  throw new Error(`${file} must hold ${keyBytes} bytes, ${got}: head -c ${keyBytes} /dev/urandom > ${file}`)
}

function readKey(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whole or not at all: a crash leaves no half of a key. */
function makeKey(file: string): Uint8Array {
  const key = randomBytes(keyBytes)
  const draft = `${file}.draft`
  rmSync(draft, { force: true })
  const opened = openSync(draft, 'wx', 0o600)
  writeSync(opened, key)
  fsyncSync(opened)
  closeSync(opened)
  linkSync(draft, file)
  rmSync(draft)
  const directory = openSync(dirname(file), 'r')
  fsyncSync(directory)
  closeSync(directory)
  return key
}
