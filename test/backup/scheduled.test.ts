/** Backups that a server makes by itself. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runMuster } from '../helpers/muster.ts'
import { freshDirectory, startServerProcess } from '../helpers/server.ts'

let directory: string
const at = (name: string) => join(directory, name)
const muster = (...args: string[]) => runMuster(args, { directory })

beforeAll(() => {
  directory = freshDirectory()
  writeFileSync(at('passphrase'), 'correct horse battery staple\n', { mode: 0o600 })
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a server that backs itself up', () => {
  it('does so when a backup is due, sealed, keeps so many, and tells when it was', async () => {
    mkdirSync(at('kept'))
    for (const hour of ['01', '02', '03']) writeFileSync(at(`kept/muster-20200101T${hour}0000Z.backup`), '')
    const options = { 'backup-every': '1h', 'backup-keep': '2', 'backup-passphrase-file': at('passphrase') }
    await using own = await startServerProcess({
      'data-dir': at('own'),
      'backup-dir': at('kept'),
      ...options,
    })
    await expect
      .poll(() => readdirSync(at('kept')).toSorted())
      .toEqual(['muster-20200101T030000Z.backup', expect.stringMatching(/^muster-2\d{7}T\d{6}Z\.backup$/)])
    const [, made = ''] = readdirSync(at('kept')).toSorted()
    expect(await muster('verify', at(`kept/${made}`), '--passphrase-file', at('passphrase'))).toMatchObject({
      code: 0,
    })
    const metrics = await (await fetch(`${own.endpoints.apiUrl}/metrics`)).text()
    expect(metrics).toMatch(/muster_backup_last_success_timestamp_seconds 1?\d{9}/)
    expect(metrics).toContain('muster_backup_failures_total 0\n')
  })

  it.each([
    [['--backup-every', '1h'], /backup-every and backup-dir go together/],
    [['--backup-every', '5'], /must be a number and a unit.*got "5"/],
    [['--backup-every', '10s', '--backup-dir', '/tmp/x'], /must be a minute or more/],
    [['--backup-keep', '0'], /--backup-keep/],
    [['--backup-every', '1h', '--backup-dir', 'nested/backups'], /is in the data directory/],
  ])('refuses %j', async (args, reason) => {
    const ports = ['--api-port', '0', '--mqtt-port', '0', '--https-port', '0']
    const { code, stderr } = await muster('start', '--data-dir', at('nested'), ...ports, ...args)
    expect(stderr).toMatch(reason)
    expect(code).toBeGreaterThan(0)
  })
})
