/** The files of packaging/ by the programs that read them. `packaging/try.sh` takes the steps of the Dockerfile in a bare root. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lacks } from '../helpers/programs.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-test-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** The unit with a program that is there, as `verify` looks for it. */
function unit(change = (text: string) => text): string {
  const file = join(directory, 'muster.service')
  const text = readFileSync('packaging/muster.service', 'utf8')
  writeFileSync(file, change(text.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true')))
  return file
}

function analyze(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}` }
}

describe.skipIf(lacks('systemd-analyze'))('the unit', () => {
  it('is one that systemd has nothing to say about', () => {
    expect(analyze('verify', '--man=no', unit())).toEqual({ status: 0, said: '' })
  })

  it('would be told of a misspelt setting', () => {
    expect(
      analyze(
        'verify',
        '--man=no',
        unit((text) => text.replace('ProtectSystem', 'ProtectSistem')),
      ).said,
    ).toMatch(/Unknown key.*'ProtectSistem'/)
  })

  it('exposes no more than functions that are kept apart need', () => {
    expect(analyze('security', '--offline=true', '--threshold=35', unit()).status).toBe(0)
    expect(analyze('security', '--offline=true', '--threshold=10', unit()).status).not.toBe(0)
  })
})

it.skipIf(lacks('promtool'))('each alert fires when it should, and not before', () => {
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'packaging/alerts.test.yaml'], {
    encoding: 'utf8',
  })
  expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 })
  const names = (file: string, key: string) =>
    [...readFileSync(file, 'utf8').matchAll(new RegExp(`${key}: (\\w+)`, 'g'))].map(([, name]) => name)
  const tried = names('packaging/alerts.test.yaml', 'alertname')
  expect(new Set(tried)).toEqual(new Set(names('packaging/alerts.yaml', 'alert')))
})

it.each([
  'prepare.sh',
  'install.sh',
  'image.sh',
  'try.sh',
  'try-machines.sh',
  'try-nodes.sh',
  'try-device.sh',
])('%s is a script that sh can read', (name) => {
  expect(spawnSync('sh', ['-n', `packaging/${name}`]).status).toBe(0)
})
