/** Several nodes on one database: real server processes, a real PostgreSQL and NATS. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateTopicRuleCommand, DescribeThingCommand, UpdateCertificateCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { musterProgram } from '../helpers/program.ts'
import { isClusterAbsent, openCluster, type TestCluster } from '../helpers/cluster.ts'
import { publishByApi } from '../helpers/cluster-devices.ts'
import { closed, connectDevice, listen } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { createRole, eventually, logOf, openRegistration, untilStatus } from '../helpers/jitr.ts'
import { sumsOf } from '../helpers/metric-sums.ts'
import { asOwner } from '../helpers/postgres/databases.ts'
import { follow } from '../console/follow.ts'
import { Visitor } from '../console/visitor.ts'
import { startServerProcess, type ServerProcess } from '../helpers/server.ts'
import { openWire } from '../helpers/wire.ts'
import { describeAccounts } from './accounts.ts'
import { startAgain } from './kill-loop.ts'

const isAbsent = isClusterAbsent()

let cluster: TestCluster
let a: ServerProcess
let b: ServerProcess

const startNode: TestCluster['startNode'] = (...given) => cluster.startNode(...given)

/** Runs a command to its end; resolves with its exit code and all that it said. */
function muster(...args: string[]): Promise<{ code: number; said: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [musterProgram, ...args], (error, stdout, stderr) =>
      done({ code: error ? Number(error.code ?? 1) : 0, said: stdout + stderr }),
    )
  })
}

const statusAt = async (node: ServerProcess) =>
  (await muster('cluster', 'status', '--data-dir', node.dataDir)).said

const codesOf = async (node: ServerProcess, subject: string) =>
  (await node.report(subject)).entries.map(({ code }) => code)

const deviceOf = (name: string) => ({
  subject: [
    ['C', 'NL'],
    ['CN', name],
  ] as [string, string][],
})

/** A CA whose devices are provisioned; registered at A. */
async function registerFleet(role: string) {
  const roleArn = await createProvisioningRole(a, role)
  return registerCa(a, { registrationConfig: { roleArn, templateBody: provisioningTemplate() } })
}

beforeAll(async () => {
  if (isAbsent) return
  cluster = await openCluster()
  // at the same moment, on an empty database
  ;[a, b] = await Promise.all([startAgain(cluster, 'a'), startAgain(cluster, 'b')])
})

afterAll(async () => {
  await Promise.all([a?.[Symbol.asyncDispose](), b?.[Symbol.asyncDispose]()])
  await cluster?.[Symbol.asyncDispose]()
})

describe.skipIf(isAbsent)('two nodes', () => {
  it('have one account, one root, and one issuing CA, though they came up at the same moment', async () => {
    expect(a.rootKey).toEqual(b.rootKey)
    expect(a.rootCa).toBe(b.rootCa)
    const issuing = [a, b].map(({ dataDir }) => readFileSync(join(dataDir, 'issuing-ca.pem'), 'utf8'))
    expect(issuing[0]).toBe(issuing[1])
    expect(await statusAt(a)).toMatch(/^a .*\n.*^b /ms)
  })

  it('provision at one a device of a CA that was registered at the other, and both can explain it', async () => {
    const ca = await registerFleet('one')
    const client = await connectDevice(b, { ...ca.issue(deviceOf('lamp')), clientId: 'lamp' })
    await client.endAsync()
    await a.iot.send(new DescribeThingCommand({ thingName: 'lamp' }))
    expect(await codesOf(a, 'lamp')).toEqual(expect.arrayContaining(['provisioned', 'connected'])) // at once
    expect(await codesOf(b, 'lamp')).toEqual(await codesOf(a, 'lamp'))
  })

  it('close at one the connection of a certificate before its revocation at the other is answered', async () => {
    const ca = await registerFleet('two')
    const pump = ca.issue(deviceOf('pump'))
    const client = await connectDevice(b, { ...pump, clientId: 'pump' })
    const isClosed = closed(client)
    const { certificateId } = pump
    await a.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' }))
    await expect(connectDevice(b, { ...pump, clientId: 'pump' })).rejects.toThrow('closed')
    await isClosed
    expect(await codesOf(b, certificateId)).toContain('certificate-revoked')
  })

  it('tell at one of the session, the decisions, and the counts of the other', async () => {
    const ca = await registerFleet('eight')
    const visitor = new Visitor(a.endpoints.apiUrl)
    await visitor.signIn(a.rootKey)
    await using feed = await follow(visitor)
    const fan = await connectDevice(b, {
      ...ca.issue(deviceOf('fan')),
      clientId: 'fan',
      mqtt: { clean: false },
    })
    expect((await a.report('fan')).sessions).toMatchObject([{ clientId: 'fan', isConnected: true }])
    await expect.poll(() => feed.codes).toEqual(expect.arrayContaining(['provisioned', 'connected']))
    expect(feed.ids).toEqual(feed.ids.map((_, place) => feed.ids[0]! + place)) // none lost, none twice
    const { body } = await visitor.call({ path: '/muster/v1/stats' })
    const { cas } = body as { cas: { caCertificateId: string }[] }
    expect(cas.map(({ caCertificateId }) => caCertificateId)).toContain(ca.caCertificateId)
    await fan.endAsync()
  })

  it('run a function once, at the node where the device came', async () => {
    const files = { 'index.js': readFileSync('docs/examples/activate-device-v2.js', 'utf8') }
    const { ca } = await openRegistration(a, { files })
    const device = ca.issue({ subject: 'CN=gate' })
    await expect(connectDevice(b, { ...device, clientId: device.certificateId })).rejects.toThrow('closed')
    await untilStatus(a, device.certificateId, 'ACTIVE')
    const client = await connectDevice(a, { ...device, clientId: device.certificateId })
    await client.endAsync()
    const log = await eventually(async () => (await logOf(a)).includes('REPORT') && logOf(a))
    expect(log.match(/START RequestId/g)).toHaveLength(1)
    const expected = ['certificate-registered', 'registration-announced', 'connected']
    await expect.poll(() => codesOf(a, device.certificateId)).toEqual(expect.arrayContaining(expected))
  })

  it('hand messages to the clients of both, and let a rule act once', async () => {
    const roleArn = await createRole(a, {
      name: 'echo',
      service: 'iot.amazonaws.com',
      actions: ['iot:Publish'],
    })
    await a.iot.send(
      new CreateTopicRuleCommand({
        ruleName: 'echo',
        topicRulePayload: {
          sql: "SELECT * FROM 'foo/in'",
          awsIotSqlVersion: '2016-03-23',
          actions: [{ republish: { roleArn, topic: 'foo/out', qos: 1 } }],
        },
      }),
    )
    await using atA = await listen(a, 'foo/+', 'hears-a')
    await using atB = await listen(b, 'foo/+', 'hears-b')
    for (const [at, node] of [atA, atB].entries()) {
      await node.client.publishAsync('foo/in', JSON.stringify({ at }), { qos: 1 })
      await Promise.all([atA, atB].map((one) => one.atLeast(2 * (at + 1))))
    }
    await atA.client.publishAsync('foo/last', 'last', { qos: 1 })
    const expected = [
      'foo/in {"at":0}',
      'foo/in {"at":1}',
      'foo/last last',
      'foo/out {"at":0}',
      'foo/out {"at":1}',
    ]
    for (const one of [atA, atB]) {
      const heard = (await one.atLeast(5)).map(({ topic, payload }) => `${topic} ${payload.toString()}`)
      expect(heard.toSorted()).toEqual(expected)
    }
  })

  it('have a client id connected once: the newer connection counts, at whichever node', async () => {
    const ca = await registerFleet('six')
    const horn = { ...ca.issue(deviceOf('horn')), clientId: 'horn' }
    const first = await connectDevice(a, horn)
    const isFirstClosed = closed(first)
    const second = await connectDevice(b, horn)
    await isFirstClosed
    const isSecondClosed = closed(second)
    const third = await connectDevice(a, horn)
    await isSecondClosed
    expect(third.connected).toBe(true)
    await third.endAsync()
    await expect.poll(() => codesOf(a, 'horn')).toContain('client-replaced')
  })

  it('tell at either, by CloudWatch, the sum of what both have counted a moment ago', async () => {
    for (const node of [a, b, b]) await publishByApi(node, 'foo/counted', 'one')
    for (const node of [a, b])
      expect(await sumsOf(node, 'PublishIn.Success')).toMatchObject({ 'Protocol=HTTP': 3 })
    await publishByApi(b, 'foo/counted', 'one more')
    expect(await sumsOf(a, 'PublishIn.Success')).toMatchObject({ 'Protocol=HTTP': 4 })
  })

  describeAccounts(() => ({ a, b }))

  it('let in no server by itself, no second node of a name, and no other key', async () => {
    const alone = startServerProcess({ database: cluster.database })
    await expect(alone).rejects.toThrow('another Muster server is using the database')
    await expect(startNode('c', { 'node-name': 'a' })).rejects.toThrow('a node with the name a is running')
    const otherKey = join(cluster.directory, 'other.key')
    writeFileSync(otherKey, randomBytes(32))
    await expect(startNode('d', { 'cluster-key-file': otherKey })).rejects.toThrow('other.key is not the key')
  })

  it('let in no node whose version would change the schema below them', async () => {
    await asOwner(cluster.database, (client) =>
      client.query(
        "insert into kysely_migration (name, timestamp) values ('999-of-tomorrow', '2026-01-01T00:00:00.000Z')",
      ),
    )
    await expect(startNode('e')).rejects.toThrow('999-of-tomorrow')
    const takeBack = "delete from kysely_migration where name = '999-of-tomorrow'"
    await asOwner(cluster.database, (client) => client.query(takeBack))
    await asOwner(cluster.database, async (client) => {
      const taken = "delete from kysely_migration where name = '040-cluster' returning timestamp"
      const { rows } = await client.query<{ timestamp: string }>(taken)
      await expect(startNode('e')).rejects.toThrow('nodes which are running do not know: stop a (Muster')
      const put = "insert into kysely_migration (name, timestamp) values ('040-cluster', $1)"
      await client.query(put, [rows[0]?.timestamp])
    })
  })

  it('stop serving when the database is out of reach, before their lease ends', async () => {
    await using wire = await openWire(cluster.postgres.port)
    const cut = cluster.database.replace(`:${cluster.postgres.port}/`, `:${wire.port}/`)
    const c = await startNode('c', { database: cut })
    const ca = await registerFleet('four')
    const bell = ca.issue(deviceOf('bell'))
    const client = await connectDevice(c, { ...bell, clientId: 'bell' })
    const [isClosed, hasEnded] = [closed(client), once(c.process, 'exit')]
    wire.cut()
    await isClosed
    expect(await hasEnded).toEqual([1, null])
    expect(c.output()).toContain('it has stopped serving')
    await a.iot.send(
      new UpdateCertificateCommand({ certificateId: bell.certificateId, newStatus: 'INACTIVE' }),
    )
    await expect.poll(() => statusAt(a)).not.toMatch(/^c /m)
  })

  it('go on when one of them is killed, and take it back', async () => {
    const ca = await registerFleet('five')
    await b.kill()
    const client = await connectDevice(a, { ...ca.issue(deviceOf('door')), clientId: 'door' })
    await client.endAsync()
    await expect.poll(() => statusAt(a)).not.toMatch(/^b /m)
    b = await startNode('b')
    expect(await statusAt(b)).toMatch(/^a .*\n.*^b /ms)
    expect(await codesOf(b, 'door')).toContain('provisioned')
  })

  it('let one of them leave: its clients are sent elsewhere, and the command says when it has gone', async () => {
    const ca = await registerFleet('seven')
    const lock = { ...ca.issue(deviceOf('lock')), clientId: 'lock', mqtt: { clean: false } }
    const atB = await connectDevice(b, lock)
    await atB.subscribeAsync('foo/lock', { qos: 1 })
    const [isClosed, hasEnded] = [closed(atB), once(b.process, 'exit')]
    expect(await muster('cluster', 'drain', '--node', 'b', '--data-dir', a.dataDir)).toEqual({
      code: 0,
      said: 'The node b has left.\n',
    })
    await isClosed
    expect(await hasEnded).toEqual([0, null])
    await expect(connectDevice(b, lock)).rejects.toThrow('ECONNREFUSED')
    const atA = await connectDevice(a, lock)
    await atA.endAsync()
    expect(await statusAt(a)).not.toMatch(/^b /m)
    expect(await codesOf(a, 'lock')).toContain('server-stopping')
    const again = await muster('cluster', 'drain', '--node', 'b', '--data-dir', a.dataDir)
    expect(again).toMatchObject({ code: 1, said: expect.stringContaining('no node named b is alive') })
    b = await startNode('b')
    expect(await muster('cluster', 'drain', '--data-dir', b.dataDir)).toMatchObject({ code: 0 })
  })
})
