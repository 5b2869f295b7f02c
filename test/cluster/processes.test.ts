/** `muster start --processes`: nodes of one machine behind the same ports. */
import { once } from 'node:events'
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { ListThingsCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import type { ClusterReport } from '../../src/server/cluster-route.ts'
import { isClusterAbsent, openCluster, type TestCluster } from '../helpers/cluster.ts'
import { openDevices } from '../helpers/cluster-devices.ts'
import { closed } from '../helpers/device.ts'
import { runMuster } from '../helpers/muster.ts'
import { lacksNotify, openNotifySocket, type NotifySocket } from '../helpers/notify-socket.ts'
import { asOwner } from '../helpers/postgres/databases.ts'
import { freshDirectory, type ServerProcess } from '../helpers/server.ts'

const processes = { processes: '2' }

const childrenOf = (pid: number | undefined): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

/** PEM of what the device port shows. */
async function certificateOf({ endpoints, rootCa }: ServerProcess): Promise<string> {
  const { mqttPort: port, endpoint: servername } = endpoints
  const socket = connectTls({ host: '127.0.0.1', port, servername, ca: rootCa })
  await once(socket, 'secureConnect')
  const pem = socket.getPeerX509Certificate()?.toString()
  socket.destroy()
  return pem?.trim() ?? ''
}

const lives = (pid: number): boolean => existsSync(`/proc/${pid}`)

describe.skipIf(isClusterAbsent() || process.platform !== 'linux')('two processes', () => {
  let cluster: TestCluster
  let server: ServerProcess
  let systemd: NotifySocket | undefined
  /** Nodes that had said where they are reached, which they do when they are ready, as systemd heard that all are. */
  let readyNodes: string[] | undefined
  const nodeFiles = (pattern: string) => globSync(join(cluster.directory, 'm', 'node-*', pattern)).toSorted()

  beforeAll(async () => {
    cluster = await openCluster()
    const address = join(cluster.directory, 'notify')
    if (!lacksNotify())
      systemd = await openNotifySocket(address, (heard) => {
        if (heard.includes('READY=1')) readyNodes ??= nodeFiles('endpoints.json')
      })
    server = await cluster.startNode('m', processes, systemd && { NOTIFY_SOCKET: address })
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    await systemd?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
  })

  const nodes = async () => {
    const request = { service: 'muster', method: 'GET', path: '/muster/v1/cluster' } as const
    return ((await signedRequest(targetOf(server), request)) as ClusterReport).nodes
  }

  it('are two nodes behind one set of ports, which commands find by the directory that they share', async () => {
    expect(server.output().match(/Muster is ready/g)).toHaveLength(1)
    expect(server.endpoints.pid).toBe(server.process.pid)
    expect(await nodes()).toMatchObject([
      { nodeName: 'm-1', isAlive: true, address: server.endpoints.apiUrl },
      { nodeName: 'm-2', isAlive: true, address: server.endpoints.apiUrl },
    ])
    const ready = await runMuster(['ready', '--data-dir', server.dataDir], { directory: server.dataDir })
    expect(ready.code).toBe(0)
    await server.iot.send(new ListThingsCommand({}))
  })

  it('both have devices, and one that is killed is started again', async () => {
    const deviceOf = await openDevices(server)
    const connect = (at: number) => deviceOf(`lamp-${at}`).connect(server, { clean: true })
    const devices = await Promise.all(Array.from({ length: 24 }, (_, at) => connect(at)))
    const connections = async () => (await nodes()).map((node) => node.connections)
    await expect.poll(async () => (await connections()).filter((count) => count > 0)).toHaveLength(2)
    const before = await nodes()
    const [, second] = childrenOf(server.process.pid)
    process.kill(second!, 'SIGKILL')
    const isNew = ({ isAlive, joinedAt }: ClusterReport['nodes'][number]) =>
      isAlive && before.every((node) => node.joinedAt !== joinedAt)
    // a call may come to the one that has just been killed
    await expect.poll(() => nodes().then((now) => now.filter(isNew), String)).toHaveLength(1)
    expect(await nodes()).toMatchObject([{ isAlive: true }, { isAlive: true }])
    expect(server.output()).toMatch(/the node m-\d has ended \(SIGKILL\); it is started again/)
    for (const { client } of devices) client.end(true)
    const { client } = await deviceOf('late').connect(server, { clean: true })
    client.end(true)
  })

  it.skipIf(lacksNotify())('are ready for systemd when all of them are, as one service', async () => {
    await expect.poll(() => systemd?.heard()).toContain('READY=1')
    expect(readyNodes).toHaveLength(2)
    expect(systemd?.heard().match(/READY=1/g)).toHaveLength(1)
    expect(systemd?.heard()).toContain(`MAINPID=${server.process.pid}`)
    expect(systemd?.heard()).not.toContain('STOPPING=1')
  })

  it('all show new certificates after SIGHUP', async () => {
    const before = nodeFiles('tls/server*').map((file) => readFileSync(file, 'utf8').trim())
    for (const file of nodeFiles('tls/server*')) rmSync(file)
    server.process.kill('SIGHUP')
    await expect.poll(() => nodeFiles('tls/server*')).toHaveLength(before.length)
    const newOnes = () => nodeFiles('tls/server*').map((file) => readFileSync(file, 'utf8').trim())
    /** How many of the new ones are shown; undefined while any other is. */
    const countShown = async () => {
      const shown = await Promise.all(Array.from({ length: 24 }, () => certificateOf(server)))
      const files = newOnes()
      const areNew = shown.every((certificate) => files.some((content) => content.includes(certificate)))
      return areNew ? new Set(shown).size : undefined
    }
    await expect.poll(countShown).toBe(2) // of each node its own
    expect(newOnes().filter((content) => before.includes(content))).toEqual([])
  })

  it('refuse ports that another program has', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const taken = cluster.startNode('n', { ...processes, 'mqtt-port': String(port) })
    await expect(taken).rejects.toThrow(`port ${port}: another program listens on it`)
    other.close()
  })

  it('end when one of them cannot start, and say which', async () => {
    const taken = cluster.startNode('o', { ...processes, 'node-name': 'm' })
    await expect(taken).rejects.toThrow('the node m-1 has ended before it was ready')
  })

  it('end with their parent, whether it is told to stop or killed', async () => {
    const children = childrenOf(server.process.pid)
    expect(children).toHaveLength(2)
    const deviceOf = await openDevices(server, 'stopped')
    const connect = (at: number) => deviceOf(`pump-${at}`).connect(server, { clean: true })
    const devices = await Promise.all(Array.from({ length: 24 }, (_, at) => connect(at)))
    const areClosed = Promise.all(devices.map(({ client }) => closed(client)))
    await server[Symbol.asyncDispose]()
    await areClosed
    expect(server.process.exitCode).toBe(0)
    expect(children.filter(lives)).toEqual([])
    // both have left in order: nobody has to wait for the end of a lease
    const left = 'select node_name from nodes where lease_until > 0'
    await asOwner(cluster.database, async (client) => expect((await client.query(left)).rows).toEqual([]))
    expect(existsSync(join(server.dataDir, 'endpoints.json'))).toBe(false)
    server = await cluster.startNode('m', processes)
    const others = childrenOf(server.process.pid)
    await server.kill()
    await expect.poll(() => others.filter(lives)).toEqual([])
  })

  it.skipIf(lacksNotify())('tell systemd that they stop', () =>
    expect.poll(() => systemd?.heard()).toContain('STOPPING=1'),
  )
})

it('processes need a cluster', async () => {
  const directory = freshDirectory()
  const alone = await runMuster(['start', '--processes', '2', '--data-dir', directory], { directory })
  expect(alone.code).toBe(2)
  expect(alone.stderr).toContain('--processes: processes are nodes of a cluster: it needs database, nats')
  const one = await runMuster(['start', '--processes', '1', '--data-dir', directory], { directory })
  expect(one).toMatchObject({ code: 2, stderr: expect.stringContaining('--processes: ') as string })
})
