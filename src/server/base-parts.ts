/** What all other parts stand on: store, fabric, identities, the journal and the logs, messages and sessions. */
import { openAccounts } from '../access/accounts/index.ts'
import type { Config } from './config.ts'
import type { Copies } from './copies/index.ts'
import { openCopies } from './wal-copies.ts'
import { openMessages } from '../messaging/data-plane/index.ts'
import type { Cluster } from '../fabric/cluster/index.ts'
import { createLocalFabric, type Fabric } from '../fabric/in-process/index.ts'
import { droppedEntry, profiles } from '../gateway/ports/index.ts'
import { createIdentities, type Identities } from '../access/identities/index.ts'
import { openAudit } from '../observability/audit/index.ts'
import { countEvents, openCountedMetrics } from '../observability/cloudwatch/index.ts'
import { createIotLogging, eventTypeOf } from '../observability/iot-logging/index.ts'
import { JournalStats, openJournal, type Journal, type JournalEntry } from '../observability/journal/index.ts'
import { replaceFile } from '../lib/durable-file.ts'
import { createLog, type LevelLog } from '../lib/log.ts'
import { parseAllowList } from '../lib/outbound/allow-list.ts'
import { createJudge } from '../lib/outbound/judge.ts'
import { createOutbound } from '../lib/outbound/outbound.ts'
import { openMeters } from '../observability/metrics/index.ts'
import { createLogs } from '../observability/logs/index.ts'
import type { Tracing } from '../observability/traces/index.ts'
import { joinCluster, sessionNodesOf } from './join-cluster.ts'
import { answerForRecords, countedElsewhere, writtenElsewhere } from './records-of-nodes.ts'
import { checkDatabasePlace, noteDatabasePlace } from './database-place.ts'
import { auditSpoolFile, databaseFile, rootKeyFile } from './server-files.ts'
import { loadLimits, type ServerLimits } from './server-limits.ts'
import { noteEntry, openServerTracing, tracedStore } from './server-tracing.ts'
import { openSessions, type WhenFull } from '../messaging/sessions/index.ts'
import { openPostgresStore, openStore, type Store, type StoreOptions } from '../store/index.ts'
import { openRegistryEvents } from '../registry/events/index.ts'
import { allGroupsOfThing } from '../registry/thing-groups/index.ts'

export type BaseParts = Awaited<ReturnType<typeof openBaseParts>>

export async function openBaseParts(config: Config, dataDir: string, stack: AsyncDisposableStack) {
  const { accountId, sessionQueueFull } = config
  const { doesHashMatchParent } = profiles[config.mqttProfile]
  const now = () => new Date()
  const log = createLog(config.logLevel)
  const serverLimits = loadLimits(config.limits)
  const tracing = openServerTracing(config, log, stack)
  const told = { log, now, tracing, meters: stack.use(openMeters()) }
  const onDurable = (seconds: number) => told.meters.commitSeconds.observe(seconds)
  const onError = (error: unknown) => log.error({ error }, 'a receiver of messages failed')
  const createLocal = () => createLocalFabric({ onError, doesHashMatchParent })
  const local = createLocal()
  const cluster = await joinCluster(config, { dataDir, local, createLocal, log, now, onDurable }, stack)
  const copies = openCopies(config, { dataDir, log }, stack)
  const opened =
    cluster?.store ?? stack.use(await openServerStore(config, { dataDir, log, onDurable, copies }))
  const store = tracedStore(opened, tracing)
  if (copies) stack.use(copies)
  const fabric = cluster?.fabric ?? local
  const { endpoint, region } = config
  const accounts = stack.use(await openAccounts({ store, fabric, accountId, endpoint, now }))
  const { forEach: forEachAccount } = accounts
  const identities = stack.use(createIdentities({ store, fabric, accountId, accounts, now }))
  await writeRootKey(identities, dataDir)
  const nodeName = cluster?.nodeName ?? ''
  const registryEvents = stack.use(
    await openRegistryEvents({ store, fabric, forEachAccount, region, nodeName, log, now }),
  )
  const judge = createJudge({ allowed: parseAllowList(config.outboundAllow ?? []) })
  const outbound = stack.use(createOutbound({ judge }))
  const foundation = { ...told, dataDir, store, fabric, accounts, identities, serverLimits, cluster }
  const records = await openRecords(config, foundation, stack)
  const messaging = await openMessaging(
    { ...foundation, ...records, doesHashMatchParent, sessionQueueFull, createLocal },
    stack,
  )
  return { ...foundation, ...records, ...messaging, outbound, registryEvents, nodeName, copies }
}

interface StoreParts extends Pick<StoreOptions, 'onDurable'> {
  dataDir: string
  log: LevelLog
  copies: Copies | undefined
}

async function openServerStore(
  { database }: Config,
  { dataDir, log, copies, ...told }: StoreParts,
): Promise<Store> {
  checkDatabasePlace(dataDir, database)
  if (database !== undefined) {
    const onLost = (error: unknown) => log.error({ error }, 'a connection to the database was lost')
    const store = await openPostgresStore(database, { keyDirectory: dataDir, onLost, ...told })
    noteDatabasePlace(dataDir, database)
    return store
  }
  const onCheckpointFailure = (error: unknown) =>
    log.error({ error }, 'the write-ahead log could not be brought into the database file')
  return openStore(databaseFile(dataDir), { onCheckpointFailure, logCopier: copies, ...told })
}

interface Foundation {
  /** Absent where nobody asks for traces. */
  tracing: Tracing | undefined
  dataDir: string
  store: Store
  fabric: Fabric
  identities: Identities
  log: LevelLog
  now: () => Date
  serverLimits: ServerLimits
  /** Absent where one server has the database. */
  cluster: Cluster | undefined
}

/** What is written down about devices and by functions. */
async function openRecords(config: Config, foundation: Foundation, stack: AsyncDisposableStack) {
  const { region, journalMaxEntries: maxEntries, journalMaxAgeDays: maxAgeDays } = config
  const { dataDir, store, log, now, cluster, tracing } = foundation
  const logs = stack.use(createLogs({ store, now, log }))
  const groupsOfThing = async (account: string, thingName: string) => {
    const groups = await allGroupsOfThing(store.read, account, thingName)
    return groups.map(({ groupName }) => groupName)
  }
  const iotLogging = stack.use(await createIotLogging({ ...foundation, logs, groupsOfThing, region }))
  const countedMetrics = stack.use(
    openCountedMetrics({ store, now, log, ...(cluster && countedElsewhere(cluster)) }),
  )
  const events = countEvents(countedMetrics)
  const stats = new JournalStats(now)
  const hear = (entry: JournalEntry) => {
    iotLogging.fromJournal(entry)
    stats.hear(entry)
    events.decision(entry, eventTypeOf(entry.code))
    if (tracing) noteEntry(tracing, entry)
  }
  const journal = stack.use(
    openJournal({ store, log, now, maxEntries, maxAgeDays, hear, ...(cluster && writtenElsewhere(cluster)) }),
  )
  if (cluster) answerForRecords(cluster, { journal, countedMetrics, stats })
  const audit = stack.use(
    await openAudit({
      store,
      log,
      now,
      spoolFile: auditSpoolFile(dataDir),
      chain: cluster?.nodeName ?? '',
      maxAgeDays: config.auditMaxAgeDays,
      maxBytes: config.auditMaxMegabytes * 1e6,
    }),
  )
  return { logs, iotLogging, journal, stats, audit, countedMetrics, events }
}

async function openMessaging(
  parts: Foundation & {
    journal: Journal
    doesHashMatchParent: boolean
    sessionQueueFull: WhenFull
    createLocal: () => Fabric
  },
  stack: AsyncDisposableStack,
) {
  const { journal, now, serverLimits } = parts
  const messages = await openMessages(parts)
  const sessions = stack.use(
    await openSessions({
      ...parts,
      publish: (message) => messages.publish(message),
      random: Math.random,
      limits: serverLimits.sessions,
      whenFull: parts.sessionQueueFull,
      fabric: parts.cluster?.clientsFabric ?? parts.fabric,
      nodes: parts.cluster && sessionNodesOf(parts.cluster, parts.createLocal),
      onDropped: (dropped) => journal.record(droppedEntry(dropped, now())),
    }),
  )
  return { messages, sessions }
}

async function writeRootKey(identities: Identities, dataDir: string): Promise<void> {
  const { accessKeyId, secretAccessKey } = await identities.ensureRootKey()
  const text = JSON.stringify({ accessKeyId, secretAccessKey }, undefined, 2)
  await replaceFile(rootKeyFile(dataDir), `${text}\n`) // whole at any time: a backup may read it
}
