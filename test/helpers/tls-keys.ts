/**
 * Roots and server certificates that all test servers on this machine can have: RSA keys are half of what the first start of a server
 * costs. Made before the tests, in a directory of their own; that a server makes its own is tried in `server-certificate.test.ts` and
 * by the tests that run the command without this set-up.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../../src/server/config.ts'
import { loadServerTls } from '../../src/server/server-tls.ts'

const variable = 'MUSTER_TEST_TLS_KEYS'

/** Once, also where several projects of tests run together. */
export async function setup() {
  if (process.env[variable] !== undefined) return undefined
  const directory = mkdtempSync(join(tmpdir(), 'muster-keys-'))
  await loadServerTls(parseConfig({ flags: {}, environment: {} }), directory, new Date())
  process.env[variable] = join(directory, 'tls')
  return () => rmSync(directory, { recursive: true, force: true })
}

/** A data directory that has none yet is given them. */
export function giveTlsKeys(dataDir: string): void {
  const keys = process.env[variable]
  const own = join(dataDir, 'tls')
  if (keys !== undefined && !existsSync(own)) cpSync(keys, own, { recursive: true })
}
