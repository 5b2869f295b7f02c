/** Data directories of earlier versions: this one starts on them, tells before what it will do, and there is no way back. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DescribeThingCommand } from '@aws-sdk/client-iot'
import { extract } from 'tar'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrations } from '../../src/store/migrations/index.ts'
import { connectDevice } from '../helpers/device.ts'
import { runMuster } from '../helpers/muster.ts'
import { freshDirectory, startServerProcess } from '../helpers/server.ts'

const released = globSync('test/upgrades/*.tar.gz').toSorted()

let directory: string
beforeEach(() => {
  directory = freshDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const dryRun = () => runMuster(['migrate', '--dry-run', '--data-dir', directory], { directory })
const databaseNow = () =>
  createHash('sha256')
    .update(readFileSync(join(directory, 'muster.db')))
    .digest('hex')

it('there are some', () => expect(released.length).toBeGreaterThan(0))

describe.each(released)('%s', (archive) => {
  beforeEach(() => extract({ file: archive, cwd: directory }))

  it('is told what a start will do, and is left as it is', async () => {
    const before = databaseNow()
    const taken = Number(/-(\d+)\.tar/.exec(archive)?.[1])
    const pending = Object.keys(migrations).filter((name) => Number(name.slice(0, 3)) > taken)
    const { code, stdout } = await dryRun()
    expect(code).toBe(0)
    for (const step of pending) expect(stdout).toContain(`  ${step}\n`)
    expect(stdout.match(/^ {2}\d{3}-/gm) ?? []).toHaveLength(pending.length)
    expect(databaseNow()).toBe(before)
  })

  it('is started on, and lets its device in, with what it had', async () => {
    const device = JSON.parse(readFileSync(join(directory, 'device.json'), 'utf8')) as {
      certificatePem: string
      privateKeyPem: string
    }
    await using server = await startServerProcess({ 'data-dir': directory })
    const client = await connectDevice(server, { ...device, clientId: 'lamp-1' })
    await client.publishAsync('foo/lamp-1', 'still here', { qos: 1 })
    await client.endAsync()
    expect(await server.iot.send(new DescribeThingCommand({ thingName: 'lamp-1' }))).toMatchObject({
      attributes: { country: 'NL', version: 'v1' },
    })
    expect((await dryRun()).stdout).toContain('A start changes nothing in it.')
  })
})

describe('a database of a newer version', () => {
  beforeEach(async () => {
    await using _server = await startServerProcess({ 'data-dir': directory })
  })
  beforeEach(() => {
    const database = new DatabaseSync(join(directory, 'muster.db'))
    database.exec(
      "insert into kysely_migration (name, timestamp) values ('999-later', ''); pragma user_version = 12003004",
    )
    database.close()
  })

  it.each(['start', 'migrate --dry-run'])('is refused by muster %s with what it needs', async (command) => {
    const { code, stderr } = await runMuster([...command.split(' '), '--data-dir', directory], { directory })
    expect(code).toBe(1)
    expect(stderr).toContain('was brought up to date by Muster 12.3.4')
    expect(stderr).toContain(
      '999-later; start that version or a newer one, or a backup from before the upgrade',
    )
  })
})

it.each([
  ['where there is no database', ['--dry-run'], 1, 'there is no database'],
  ['with another thing to do', ['--dry-run', '--to', 'postgres://x/y'], 2, 'either --to or --dry-run'],
  ['with nothing to do', [], 2, 'or muster migrate --dry-run'],
])('muster migrate fails %s', async (_, args, code, message) => {
  const ended = await runMuster(['migrate', ...args, '--data-dir', directory], { directory })
  expect(ended.code).toBe(code)
  expect(ended.stderr).toContain(message)
})
