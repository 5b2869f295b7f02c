/** Backups that were damaged, changed, or put together by somebody else. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRootKey } from '../../src/access/identities/index.ts'
import { backUp, readPassphrase } from '../../src/server/backup/index.ts'
import { openStore } from '../../src/store/index.ts'
import { giveFirstStart } from '../helpers/first-start.ts'
import { runMuster } from '../helpers/muster.ts'
import { freshDirectory } from '../helpers/server.ts'

let directory: string
let plain: string
let sealed: string
const at = (name: string) => join(directory, name)
const muster = (...args: string[]) => runMuster(args, { directory })

/** Of what a first start leaves: no server need run for a backup. */
beforeAll(async () => {
  directory = freshDirectory()
  writeFileSync(at('passphrase'), 'correct horse battery staple\n', { mode: 0o600 })
  writeFileSync(at('other'), 'wrong horse battery staple\n', { mode: 0o600 })
  mkdirSync(at('data'))
  giveFirstStart(at('data'), { isOnSqlite: true })
  await makeRootKey()
  plain = at('plain.backup')
  sealed = at('sealed.backup')
  const of = { dataDir: at('data'), named: { directory: 'functions', list: async () => [] }, now: new Date() }
  await backUp({ ...of, file: plain })
  await backUp({ ...of, file: sealed, passphrase: await readPassphrase(at('passphrase')) })
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const passphrase = () => ['--passphrase-file', at('passphrase')]

async function makeRootKey(): Promise<void> {
  await using store = await openStore(at('data/muster.db'))
  const { secrets } = store
  const now = new Date()
  const key = await store.transact((db) => createRootKey(db, '000000000000', { secrets, now }))
  writeFileSync(at('data/root-access-key.json'), JSON.stringify(key))
}

/** A backup like `plain`, changed inside and packed again, its list made to fit where `isListed`. */
function repacked(name: string, change: (files: string) => void): string {
  const files = at(`${name}.files`)
  mkdirSync(files)
  execFileSync('tar', ['-xf', '-', '-C', files], { input: zstdDecompressSync(readFileSync(plain)) })
  change(files)
  pack(files, at(name))
  return at(name)
}

function pack(files: string, file: string): void {
  const bytes = execFileSync('tar', ['-cf', '-', '-C', files, '.'], { maxBuffer: 256 * 1024 * 1024 })
  writeFileSync(file, zstdCompressSync(bytes))
}

function changeManifest(files: string, change: (manifest: Record<string, unknown>) => void): void {
  const manifest = JSON.parse(readFileSync(join(files, 'manifest.json'), 'utf8')) as Record<string, unknown>
  change(manifest)
  writeFileSync(join(files, 'manifest.json'), JSON.stringify(manifest))
}

async function relist(files: string): Promise<void> {
  const { writeManifest } = await import('../../src/server/backup/manifest.ts')
  rmSync(join(files, 'manifest.json'))
  await writeManifest(files, { version: '9.9.9', createdAt: new Date().toISOString() })
}

describe('a backup that cannot be relied on is refused, and nothing is written', () => {
  const cut = (file: string, name: string, keep: (bytes: Buffer) => Buffer) => {
    writeFileSync(at(name), keep(readFileSync(file)))
    return at(name)
  }
  const flip = (bytes: Buffer) => {
    bytes[bytes.length >> 1]! ^= 1
    return bytes
  }
  const inDatabase = (files: string, sql: string) => {
    const database = new DatabaseSync(join(files, 'muster.db'))
    database.exec(sql)
    database.close()
  }

  it.each<[string, () => string[] | Promise<string[]>, RegExp]>([
    [
      'with another passphrase',
      () => [sealed, '--passphrase-file', at('other')],
      /passphrase is not the one/,
    ],
    ['sealed, without a passphrase', () => [sealed], /is sealed: give the file with its passphrase/],
    ['not sealed, with a passphrase', () => [plain, ...passphrase()], /is not sealed/],
    ['with a flipped byte', () => [cut(plain, 'flipped', flip)], /damaged/],
    ['sealed, with a flipped byte', () => [cut(sealed, 'flipped-sealed', flip), ...passphrase()], /damaged/],
    ['cut off', () => [cut(plain, 'cut', (bytes) => bytes.subarray(0, -4))], /damaged/],
    [
      'sealed, cut off',
      () => [cut(sealed, 'cut-sealed', (bytes) => bytes.subarray(0, bytes.length / 2)), ...passphrase()],
      /damaged/,
    ],
    ['empty', () => [cut(plain, 'empty', () => Buffer.alloc(0))], /damaged/],
    ['of no kind we know', () => [cut(plain, 'text', () => Buffer.from('hello'))], /damaged/],
    ['that is not there', () => [at('nowhere')], /there is no backup to read at/],
    [
      'with a member whose checksum is another',
      () => [repacked('changed', (files) => writeFileSync(join(files, 'secrets.key'), 'x'.repeat(32)))],
      /secrets\.key is not what its checksum says/,
    ],
    [
      'without a member',
      () => [repacked('missing', (files) => rmSync(join(files, 'root-access-key.json')))],
      /root-access-key\.json is missing/,
    ],
    [
      'with one more',
      () => [repacked('added', (files) => writeFileSync(join(files, 'more'), ''))],
      /holds more, which is not on its list/,
    ],
    [
      'with a link',
      () => [repacked('link', (files) => execFileSync('ln', ['-s', '/etc', join(files, 'tls-too')]))],
      /holds \.\/tls-too, a SymbolicLink/,
    ],
    [
      'of a newer format',
      () => [
        repacked('newer-format', (files) =>
          changeManifest(files, (manifest) => Object.assign(manifest, { format: 2, version: '9.0.0' })),
        ),
      ],
      /made by Muster 9\.0\.0 in format 2, and this version knows format 1/,
    ],
    [
      'of a newer schema',
      async () => {
        const file = repacked('newer', (files) =>
          inDatabase(
            files,
            `insert into kysely_migration values ('999-tomorrow', '${new Date().toISOString()}')`,
          ),
        )
        await relist(`${file}.files`)
        return [repackedAgain(file)]
      },
      /does not know 999-tomorrow/,
    ],
    [
      'whose database is damaged',
      async () => {
        const file = repacked('damaged', (files) => {
          const database = readFileSync(join(files, 'muster.db'))
          database.fill(0xff, 8192, 16_384)
          writeFileSync(join(files, 'muster.db'), database)
        })
        await relist(`${file}.files`)
        return [repackedAgain(file)]
      },
      /cannot be used/,
    ],
    [
      'with the secrets.key of another directory',
      async () => {
        const file = repacked('foreign-key', (files) =>
          writeFileSync(join(files, 'secrets.key'), 'x'.repeat(32)),
        )
        await relist(`${file}.files`)
        return [repackedAgain(file)]
      },
      /secrets\.key is not the key/,
    ],
  ])('%s', async (_, given, reason) => {
    const [file = '', ...options] = await given()
    const verified = await muster('verify', file, ...options)
    expect(verified).toMatchObject({ code: 1, stdout: '' })
    expect(verified.stderr).toMatch(reason)
    const restored = await muster('restore', file, ...options, '--data-dir', at('refused'))
    expect(restored.stderr).toMatch(reason)
    expect(restored.code).toBe(1)
    expect(readdirSync(at('refused'))).toEqual([])
  })

  function repackedAgain(file: string): string {
    pack(`${file}.files`, file)
    return file
  }
})
