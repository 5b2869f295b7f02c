/** A cluster of two nodes, each in a network of its own. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canShiftClock, openClock, type Clock } from '../../helpers/clock-shim.ts'
import { openDevices, type Device } from '../../helpers/cluster-devices.ts'
import type { TestCluster } from '../../helpers/cluster.ts'
import { startNats } from '../../helpers/nats.ts'
import { asOwner } from '../../helpers/postgres/databases.ts'
import { startPostgres } from '../../helpers/postgres/server.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../../helpers/server.ts'
import { nodeNames, startAgain } from '../kill-loop.ts'
import { addressOf, nodeAddress, spaceOf } from './networks.ts'

export interface Place extends AsyncDisposable {
  cluster: TestCluster
  nodes: ServerProcess[]
  deviceOf: (name: string) => Device
  /** Of the first node; absent where none can be set. */
  clock: Clock | undefined
  /** Resolves when the node has ended by itself and was started again. */
  startAgain: (at: number) => Promise<void>
}

/** From within the namespace that all share. */
export async function openPlace(prefix: string): Promise<Place> {
  await using stack = new AsyncDisposableStack()
  const { cluster, clock } = await openSpread(prefix, stack)
  const nodes = await Promise.all(nodeNames.map((name) => startAgain(cluster, name)))
  stack.defer(async () => void (await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))))
  const deviceOf = await openDevices(nodes[1]!)
  const kept = stack.move()
  return {
    cluster,
    nodes,
    deviceOf,
    clock,
    async startAgain(at) {
      const { process: child } = nodes[at]!
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      nodes[at] = await startAgain(cluster, nodeNames[at]!)
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function openSpread(prefix: string, stack: AsyncDisposableStack) {
  const address = addressOf('database')
  const postgres = stack.use(await startPostgres({ listen_addresses: `127.0.0.1,${address}` }))
  const nats = stack.use(await startNats(addressOf('bus')))
  appendFileSync(join(postgres.directory, 'data', 'pg_hba.conf'), 'host all all 10.77.0.0/16 trust\n')
  await asOwner(postgres.url, (client) => client.query('select pg_reload_conf()'))
  await asOwner(postgres.url, (client) => client.query('create database fleet'))
  const directory = freshDirectory()
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const keyFile = join(directory, 'cluster.key')
  writeFileSync(keyFile, randomBytes(32), { mode: 0o600 })
  const clock = canShiftClock() ? openClock(join(directory, 'clock')) : undefined
  const startNode: TestCluster['startNode'] = (name, more = {}) =>
    startServerProcess(
      {
        'data-dir': join(directory, name),
        host: nodeAddress(nodeNames.findIndex((one) => one === name)),
        database: `postgres://muster@${address}:${postgres.port}/fleet`,
        nats: nats.url,
        'cluster-key-file': keyFile,
        'node-name': name,
        ...more,
      },
      name === nodeNames[0] ? clock?.environment : {},
      ['ip', 'netns', 'exec', spaceOf(prefix, name)],
    )
  const database = postgres.url.replace(/[^/]*$/, 'fleet')
  const held = async () => {}
  const cluster: TestCluster = {
    postgres,
    database,
    directory,
    keyFile,
    nats: nats.url,
    startNode,
    [Symbol.asyncDispose]: held,
  }
  return { cluster, clock }
}
