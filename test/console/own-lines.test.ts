/** Lines for what Muster alone has, run as they are shown: `curl` reads what the page reads, `npx muster` does what the button does. */
import { DescribeCertificateCommand } from '@aws-sdk/client-iot'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownOperations } from '../../console/src/api/own-calls.ts'
import { ownPath, type OwnQuery } from '../../console/src/api/own-path.ts'
import { routeToCli, toCli } from '../../console/src/kit/to-cli.ts'
import { connectDevice, connectOperator } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { lacks } from '../helpers/programs.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
let visitor: Visitor
let shell: Shell
let online: MqttClient

beforeAll(async () => {
  server = await startTestServer()
  visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(server.rootKey)
  using printed = openShell({})
  shell = openShell(parseExports(await printed.expect(`muster env --data-dir ${server.dataDir}`)))
  online = await connectOperator(server, 'lamp=1+1')
  await makeWaiting()
})
afterAll(async () => {
  await online.endAsync()
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

/** The id of the certificate of a device that has come, and waits. */
async function makeWaiting(tags: { Key: string; Value: string }[] = []) {
  const ca = await registerCa(server, { tags })
  const { certificateId, ...device } = ca.issue({ subject: `CN=lamp & "Söhne"` })
  await connectDevice(server, device).catch(() => {}) // cut off
  return { certificateId, certificatePem: device.certificatePem, caCertificateId: ca.caCertificateId }
}

describe.skipIf(lacks('curl'))('curl reads', () => {
  const hour = 3_600_000
  const times = () => ({ after: new Date(Date.now() - hour).toISOString(), before: new Date().toISOString() })

  it.each<[string, string, () => OwnQuery]>([
    ['the journal', 'journal', times],
    [
      'the journal, filtered',
      'journal',
      () => ({ ...times(), level: 'info', code: ['connected', 'registration-announced'], limit: '5' }),
    ],
    ['who was refused', 'refusals', () => ({ limit: '50' })],
    ['certificates that wait', 'certificates', () => ({ status: 'PENDING_ACTIVATION', limit: '100' })],
    ['certificates by a name', 'certificates', () => ({ text: `lamp & "Söhne"` })],
    ['certificates by what nobody has', 'certificates', () => ({ text: `$(id)'; a+b %41 *` })],
    ['connections', 'connections', () => ({})],
    ['connections by a beginning', 'connections', () => ({ clientIdPrefix: 'lamp=1+' })],
  ])('%s', async (_what, route, query) => {
    const path = ownPath(route, query())
    const { status, body } = await visitor.call({ path: `/muster/v1/${path}` })
    expect(status).toBe(200)
    const printed = await shell.expect(`${routeToCli(path)} --silent --show-error`)
    expect(JSON.parse(printed)).toEqual(body)
  })
})

describe.skipIf(lacks('aws'))('the aws program does', () => {
  const run = (operation: string, input: object) => shell.run(toCli({ service: 'iot', operation, input }))

  it('what its library does, on which all other lines are run', async () => {
    const description = `-it's "so" $HOME \`id\` {a}`
    const input = { thingGroupName: 'house', thingGroupProperties: { thingGroupDescription: description } }
    expect(await run('CreateThingGroup', input)).toMatchObject({ code: 0 })
    const { body } = await visitor.operation('iot', 'DescribeThingGroup', { thingGroupName: 'house' })
    expect(body).toMatchObject({ thingGroupProperties: { thingGroupDescription: description } })
    const { output, code } = await run('DescribeThingGroup', { thingGroupName: 'none' })
    expect({ output, isWell: code === 0 }).toEqual({
      output: expect.stringContaining('(ResourceNotFoundException) when calling the DescribeThingGroup'),
      isWell: false,
    })
  })
})

/** As `npx` finds it in a checkout. */
const npx = (line: string) => shell.run(`npx() { "$@"; }\n${line}`)

describe('npx muster does', () => {
  const asked = new Set<string>()
  const callOf = (operation: string, input: object) => {
    asked.add(operation)
    return { service: 'muster', operation, input }
  }
  const press = async ({ operation, input }: ReturnType<typeof callOf>) => {
    const path = `/muster/v1/${ownOperations[operation]}`
    const { status, body } = await visitor.call({ method: 'POST', path, body: input })
    return { status, body }
  }
  const statusOf = async (certificateId: string) =>
    (await server.iot.send(new DescribeCertificateCommand({ certificateId }))).certificateDescription?.status

  it('a dry run of a CA, by a subject and by a certificate', async () => {
    const { certificatePem, caCertificateId } = await makeWaiting()
    for (const device of [{ subject: `CN=lamp 'two',O=A & B` }, { certificatePem }]) {
      const call = callOf('DryRun', { caCertificateId, ...device, clientId: 'lamp two' })
      const { body } = await press(call)
      const { verdict } = body as { verdict: { code: string; meaning: string } }
      writeFileSync(join(shell.directory, 'certificate.pem'), certificatePem)
      expect((await npx(toCli(call))).output).toContain(`: ${verdict.code}. ${verdict.meaning}`)
    }
  })

  it('a dry run of a template', async () => {
    const provisioningRoleArn = await createProvisioningRole(server)
    const templateBody = provisioningTemplate()
    writeFileSync(join(shell.directory, 'template.json'), templateBody)
    const call = callOf('DryRun', { templateBody, provisioningRoleArn, subject: 'CN=lamp-9,C=FR' })
    const { body } = await press(call)
    const { verdict, resources } = body as { verdict: { code: string }; resources: { logicalId: string }[] }
    const { output } = await npx(toCli(call))
    expect(output).toContain(`: ${verdict.code}. `)
    for (const { logicalId } of resources) expect(output).toContain(logicalId)
  })

  it('an inspection', async () => {
    const { certificateId, certificatePem } = await makeWaiting()
    const call = callOf('InspectCertificate', { pem: certificatePem })
    const { verdict } = (await press(call)).body as { verdict: { code: string } }
    writeFileSync(join(shell.directory, 'certificate.pem'), certificatePem)
    const { output } = await npx(toCli(call))
    expect(output).toContain(certificateId)
    expect(output).toContain(`: ${verdict.code}. `)
  })

  it('another try, for one and for all of a CA', async () => {
    const [pressed, typed] = [await makeWaiting(), await makeWaiting()]
    const retry = ({ certificateId }: typeof pressed) => callOf('RetryRegistration', { certificateId })
    const { body } = await press(retry(pressed))
    const told = `${body['code'] as string}, ${body['status'] as string}`
    expect((await npx(toCli(retry(typed)))).output).toBe(`${typed.certificateId} ${told}\n`)
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const all = ({ caCertificateId }: typeof pressed) =>
      callOf('RetryRegistration', { caCertificateId, from })
    const { retried } = (await press(all(pressed))).body as { retried: { code: string }[] }
    expect(retried.map(({ code }) => code)).toEqual(['registration-announced'])
    expect((await npx(toCli(all(typed)))).output).toMatch(
      new RegExp(`^${typed.certificateId} registration-announced, .*\n1 tried again, 0 of them in vain\n$`),
    )
  })

  it('an approval', async () => {
    const byPerson = [{ Key: 'muster:first-connection', Value: 'approve' }]
    const [pressed, typed] = [await makeWaiting(byPerson), await makeWaiting(byPerson)]
    const approve = ({ certificateId }: typeof pressed) => callOf('ApproveDevice', { certificateId })
    const { status, body } = await press(approve(pressed))
    expect(status).toBe(200)
    const { output, code } = await npx(toCli(approve(typed)))
    expect({ output, code }).toEqual({
      output: expect.stringContaining(
        `${typed.certificateId} ${body['code'] as string}, ${body['status'] as string}`,
      ),
      code: 0,
    })
    expect(await statusOf(typed.certificateId)).toBe(await statusOf(pressed.certificateId))
    const unasked = approve(await makeWaiting())
    const refusal = await press(unasked)
    expect(refusal.status).toBe(400)
    expect(await npx(toCli(unasked))).toEqual({
      output: expect.stringContaining(refusal.body['message'] as string),
      code: 1,
    })
  })

  it('all that there is, in this file', () => {
    expect([...asked].toSorted()).toEqual(Object.keys(ownOperations).toSorted())
  })
})
