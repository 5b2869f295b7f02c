/**
 * Packs a small data directory of this version into test/upgrades: a CA with a template, a device that it let in, its keys. Run it
 * before a release, and keep the file for good: `node tools/upgrade-fixture.ts`.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { connectDevice } from '../test/helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../test/helpers/jitp.ts'
import { freshDirectory, startServerProcess } from '../test/helpers/server.ts'
import { migrations } from '../src/store/migrations/index.ts'

/** The test is to be run for as long as there are upgrades. */
const manyDays = 365 * 30

const dataDir = freshDirectory()
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const step = Object.keys(migrations).at(-1)?.slice(0, 3) ?? '000'
{
  await using server = await startServerProcess({ 'data-dir': dataDir })
  const roleArn = await createProvisioningRole(server)
  const registrationConfig = { roleArn, templateBody: provisioningTemplate() }
  const ca = await registerCa(server, { registrationConfig }, { days: manyDays })
  const issued = ca.issue({
    days: manyDays,
    subject: [
      ['C', 'NL'],
      ['CN', 'lamp-1'],
    ],
  })
  const client = await connectDevice(server, { ...issued, clientId: 'lamp-1' })
  await client.endAsync()
  const { certificatePem, privateKeyPem } = issued
  writeFileSync(join(dataDir, 'device.json'), `${JSON.stringify({ certificatePem, privateKeyPem })}\n`)
}
const file = resolve(`test/upgrades/${version}-${step}.tar.gz`)
execFileSync('tar', ['-C', dataDir, '--owner=0', '--group=0', '-czf', file, '.'])
rmSync(dataDir, { recursive: true })
process.stdout.write(`${file}\n`)
