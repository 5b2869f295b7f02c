/** `muster dry-run`, `inspect`, `retry`, and `approve` as a person runs them. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TagResourceCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { musterProgram } from '../helpers/program.ts'
import { connectDevice } from '../helpers/device.ts'
import {
  createProvisioningRole,
  provisioningTemplate,
  registerCa,
  type RegisteredCa,
} from '../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let ca: RegisteredCa
let roleArn: string
let certificateId: string
beforeAll(async () => {
  server = await startTestServer()
  roleArn = await createProvisioningRole(server)
  ca = await registerCa(server)
  const device = ca.issue({ subject: 'C=NL, CN=waiting' })
  certificateId = device.certificateId
  writeFileSync(join(server.dataDir, 'device.pem'), device.certificatePem)
  writeFileSync(join(server.dataDir, 'device.key'), device.privateKeyPem)
  const { Parameters, ...rest } = JSON.parse(provisioningTemplate()) as { Parameters: object }
  const spare = { Parameters: { ...Parameters, Spare: { Type: 'String' } }, ...rest }
  writeFileSync(join(server.dataDir, 'template.json'), JSON.stringify(spare))
  await connectDevice(server, device).catch(() => {}) // it is registered, and turned away
})
afterAll(() => server[Symbol.asyncDispose]())

function muster(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const bin = [musterProgram, ...args, '--data-dir', '.']
  return new Promise((done) => {
    execFile(process.execPath, bin, { cwd: server.dataDir }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    )
  })
}

describe('muster dry-run', () => {
  it('tells what a template makes of a certificate', async () => {
    const template = ['--template', 'template.json', '--role', roleArn]
    const { code, stdout } = await muster('dry-run', ...template, '--certificate', 'device.pem')
    expect(stdout).toContain('It would be let in as client waiting: connected.')
    expect(stdout).toContain('+ Thing        thing: {"ThingName":"waiting"')
    expect(stdout).toContain('allowed    iot:CreateThing on ')
    expect(stdout).toContain('Statement 1 allows iot:Connect on everything: *.')
    expect(code).toBe(0)
  })

  it('ends with 1 for a device that would be refused, and says why', async () => {
    const { code, stdout } = await muster('dry-run', '--template', 'template.json', '--subject', 'CN=nowhere')
    expect(stdout).toContain('remark     Parameters.Spare is referred to nowhere')
    expect(stdout).toContain('parameter  Spare: none, and none is needed')
    expect(stdout).toContain('It would be REFUSED: provisioning-failed.')
    expect(stdout).toContain('parameter  AWS::IoT::Certificate::Country: MISSING')
    expect(code).toBe(1)
  })

  it('tells what a whole CA makes of a certificate', async () => {
    const { code, stdout } = await muster(
      'dry-run',
      '--ca',
      ca.caCertificateId,
      '--certificate',
      'device.pem',
    )
    expect(stdout).toContain('turned away for now: registration-announced.')
    expect(code).toBe(0)
  })

  it.each([
    [['--subject', 'CN=x'], 2, 'expected --ca <id>, --template <file or name>, or both, got neither'],
    [['--template', 'template.json'], 2, 'expected either --certificate <file> or --subject <name>'],
    [['--template', './gone.json', '--subject', 'CN=x'], 1, 'there is no file ./gone.json'],
    [['--template', 'gone', '--subject', 'CN=x'], 1, 'there is no provisioning template named gone'],
    [['--template', 'template.json', '--certificate', 'device.key'], 1, 'a block labelled'],
    [['--recent'], 2, 'expected muster dry-run, got --recent after dry-run'],
    [['extra', '--subject', 'CN=x'], 2, 'expected muster dry-run, got "extra" after dry-run'],
  ])('%j is refused', async (args, code, text) => {
    const ended = await muster('dry-run', ...args)
    expect(ended.stderr).toContain(text)
    expect(ended.code).toBe(code)
  })
})

describe('muster inspect', () => {
  it('tells what a certificate is and what would happen', async () => {
    const { code, stdout } = await muster('inspect', 'device.pem')
    expect(stdout).toContain(`certificate ${certificateId}\n  subject  C=NL, CN=waiting\n`)
    expect(stdout).toContain(`signed by CA ${ca.caCertificateId}`)
    expect(stdout).toContain('PENDING_ACTIVATION')
    expect(code).toBe(0)
  })

  it('repeats nothing of a private key', async () => {
    const { code, stderr } = await muster('inspect', 'device.key')
    expect(stderr).toContain('a block labelled')
    expect(stderr).not.toContain('MI')
    expect(code).toBe(1)
  })
})

describe('muster retry', () => {
  it('tries one certificate again, and all that wait of a CA', async () => {
    const one = await muster('retry', certificateId)
    expect(one).toMatchObject({
      code: 0,
      stdout: `${certificateId} registration-announced, PENDING_ACTIVATION\n`,
    })
    const all = await muster('retry', '--ca', ca.caCertificateId, '--from', '2020-01-01')
    expect(all).toMatchObject({ code: 0, stdout: `${one.stdout}1 tried again, 0 of them in vain\n` })
  })

  it.each([
    [['f'.repeat(64)], 1, 'answered 404: {"message":"there is no certificate'],
    [[], 2, 'expected muster retry <id>, or muster retry --ca <id>, got nothing after retry'],
    [['x', '--ca', 'y'], 2, 'got x --ca after retry'],
  ])('%j is refused', async (args, code, text) => {
    const ended = await muster('retry', ...args)
    expect(ended.stderr + ended.stdout).toContain(text)
    expect(ended.code).toBe(code)
  })
})

describe('muster approve', () => {
  it('lets devices in that wait for a person: those named, or all of a CA', async () => {
    const resourceArn = `arn:aws:iot:us-east-1:${server.endpoints.accountId}:cacert/${ca.caCertificateId}`
    const approving = [{ Key: 'muster:first-connection', Value: 'approve' }]
    await server.iot.send(new TagResourceCommand({ resourceArn, tags: approving }))
    const devices = ['first', 'second', 'third'].map((name) => ca.issue({ subject: `CN=${name}` }))
    for (const device of devices) await connectDevice(server, device).catch(() => {})
    const ids = devices.map(({ certificateId: id }) => id)
    const line = (id = '') => `${id} registration-announced, PENDING_ACTIVATION\n`
    const both = await muster('approve', ...ids.slice(0, 2))
    expect(both).toMatchObject({
      code: 0,
      stdout: `${line(ids[0])}${line(ids[1])}2 approved, 0 of them in vain\n`,
    })
    const all = await muster('approve', '--ca', ca.caCertificateId, '--all')
    expect(all.stdout).toContain(line(ids[2]))
    expect(all.code).toBe(0)
  })

  it.each([
    [['f'.repeat(64)], 1, 'answered 404: {"message":"there is no certificate'],
    [[], 2, 'expected muster approve <id>..., or muster approve --ca <id>, got nothing after approve'],
    [['--ca', 'f'.repeat(64)], 2, '--ca and --all go together'],
    [['x', '--all'], 2, '--ca and --all go together'],
    [['--ca', 'f'.repeat(64), '--all'], 1, 'answered 404: {"message":"there is no CA certificate'],
  ])('%j is refused', async (args, code, text) => {
    const ended = await muster('approve', ...args)
    expect(ended.stderr + ended.stdout).toContain(text)
    expect(ended.code).toBe(code)
  })
})
