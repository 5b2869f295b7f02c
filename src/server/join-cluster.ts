/** A server as one node of several. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { askOthers, openCluster, type Cluster } from '../fabric/cluster/index.ts'
import type { Fabric } from '../fabric/in-process/index.ts'
import { adoptEvents } from '../functions/index.ts'
import { openRoots } from '../gateway/ports/index.ts'
import type { LevelLog } from '../lib/log.ts'
import { orphanSessions, type GroupsTold, type SessionNodes } from '../messaging/sessions/index.ts'
import { adoptTasks } from '../onboarding/bulk/index.ts'
import { openIssuer } from '../pki/certificates/index.ts'
import { adoptRegistryEvents } from '../registry/events/index.ts'
import type { Config } from './config.ts'
import { checkDatabasePlace, noteDatabasePlace } from './database-place.ts'

interface Surroundings {
  dataDir: string
  /** The fabric of this process. */
  local: Fabric
  createLocal: () => Fabric
  log: LevelLog
  now: () => Date
  onDurable: (seconds: number) => void
}

/**
 * Undefined where one server has the database. Keys that all nodes share are in the data directory when it resolves.
 * @throws {Error} for a person: what cannot be reached, or why this node may not join
 */
export async function joinCluster(
  config: Config,
  { dataDir, local, createLocal, log, now, onDurable }: Surroundings,
  stack: AsyncDisposableStack,
): Promise<Cluster | undefined> {
  const { database, nats, clusterKeyFile: keyFile, nodeName = machineName() } = config
  if (nats === undefined || database === undefined || keyFile === undefined) return undefined // all or none: options
  checkDatabasePlace(dataDir, database)
  const cluster = stack.use(
    await openCluster({
      database,
      nats,
      keyFile,
      nodeName,
      local,
      clients: createLocal(),
      kept: createLocal(),
      log,
      onDurable,
      adopt: async (db, names) => {
        await adoptEvents(db, names)
        await adoptRegistryEvents(db, names)
        await orphanSessions(db, names.from, now())
        await adoptTasks(db, names)
      },
    }),
  )
  noteDatabasePlace(dataDir, database)
  await cluster.shareFiles({ directory: dataDir, names: sharedNames, make: () => makeShared(dataDir, now()) })
  return cluster
}

export const machineName = (): string =>
  hostname()
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 64)

/** What devices trust, and what signs their certificates, is the same whichever node they come to. */
const sharedNames = [
  'issuing-ca.key',
  'issuing-ca.pem',
  'tls/root-ca.key',
  'tls/root-ca.pem',
  'tls/root-ca_rsa.key',
  'tls/root-ca_rsa.pem',
]

async function makeShared(dataDir: string, now: Date): Promise<void> {
  await openRoots(join(dataDir, 'tls'), now)
  const issuer = await openIssuer(dataDir)
  await issuer[Symbol.asyncDispose]()
}

/** So that a client that waits for its CONNACK hears soon; what the other node still writes afterwards is refused. */
const askForMs = 200
/** A client waits for its SUBACK meanwhile; a node that has not heard is told again within a second. */
const tellGroupsMs = 500

/** What sessions are told of the other nodes. */
export function sessionNodesOf(cluster: Cluster, createLocal: () => Fabric): SessionNodes {
  const { questions, fabric, keptFabric: kept } = cluster
  return {
    ...cluster,
    kept,
    createLocal,
    announce: fabric.announce,
    onChange: fabric.onChange,
    askFor: async (nodeName, client) => void (await questions.ask(nodeName, 'let-go', client, askForMs)),
    onAskedFor: (answer) => questions.onAsked('let-go', answer),
    async tellGroups(told) {
      await askOthers(cluster, 'groups', { ...told, nodeName: cluster.nodeName }, tellGroupsMs)
    },
    onGroupsTold: (listener) =>
      questions.onAsked('groups', async (told: GroupsTold & { nodeName: string }) => {
        listener(told)
        return true
      }),
  }
}
