/** `muster start --processes`: nodes of one machine behind the same ports. */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ListThingsCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import type { ClusterReport } from '../../src/server/cluster-route.ts'
import { isClusterAbsent, openCluster, type TestCluster } from '../helpers/cluster.ts'
import { openDevices } from '../helpers/cluster-devices.ts'
import { runMuster } from '../helpers/muster.ts'
import { freshDirectory, type ServerProcess } from '../helpers/server.ts'

const processes = { processes: '2' }

const childrenOf = (pid: number | undefined): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

const lives = (pid: number): boolean => existsSync(`/proc/${pid}`)

describe.skipIf(isClusterAbsent() || process.platform !== 'linux')('two processes', () => {
  let cluster: TestCluster
  let server: ServerProcess

  beforeAll(async () => {
    cluster = await openCluster()
    server = await cluster.startNode('m', processes)
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
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
    await server[Symbol.asyncDispose]()
    expect(server.process.exitCode).toBe(0)
    expect(children.filter(lives)).toEqual([])
    expect(existsSync(join(server.dataDir, 'endpoints.json'))).toBe(false)
    server = await cluster.startNode('m', processes)
    const others = childrenOf(server.process.pid)
    await server.kill()
    await expect.poll(() => others.filter(lives)).toEqual([])
  })
})

it('processes need a cluster', async () => {
  const directory = freshDirectory()
  const alone = await runMuster(['start', '--processes', '2', '--data-dir', directory], { directory })
  expect(alone.code).toBe(2)
  expect(alone.stderr).toContain('--processes: processes are nodes of a cluster: it needs database, nats')
  const one = await runMuster(['start', '--processes', '1', '--data-dir', directory], { directory })
  expect(one).toMatchObject({ code: 2, stderr: expect.stringContaining('--processes: ') as string })
})
