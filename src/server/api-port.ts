/** The port of the AWS APIs: what it serves, and what it knows of the device ports. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from './clock.ts'
import { clusterRoute, drainRoute } from './cluster-route.ts'
import type { Config } from './config.ts'
import { certificatesRoute } from './certificates-route.ts'
import { connectionsOfNodes } from './connections-of-nodes.ts'
import { connectionsRoute, type ConnectionsRouteDeps } from './connections-route.ts'
import type { BackupSchedule } from './backup/index.ts'
import { deviceReportRoute } from './device-report.ts'
import type { Console } from '../api/console/index.ts'
import { accountsRoutes } from './accounts-routes.ts'
import { openServerConsole } from './console.ts'
import {
  guestPath,
  type Connections,
  type FindGuest,
  type Gateway,
  type LoadedApiTls,
} from '../gateway/ports/index.ts'
import { startHttp, type HttpListener, type OwnRoute } from '../api/http/index.ts'
import { journalRoutes } from './journal-routes.ts'
import { createMetricsPage, type MetricsPageDeps } from './metrics-page.ts'
import { checkReadiness } from './readiness.ts'
import { offerServices } from './offered-services.ts'
import { sessionsOfNodes, statsOfNodes } from './records-of-nodes.ts'
import type { Parts } from './parts.ts'
import { keepTlsFresh, loadApiTls } from './server-tls.ts'
import { settingsRoute } from './settings-route.ts'
import { revocationListsRoute } from '../pki/revocation-lists/index.ts'
import type { ArnScope } from '../lib/arn.ts'
import { simulationRoute } from '../rights/iot-policies/index.ts'
import { codePath } from '../functions/index.ts'
import { reportPath } from '../onboarding/bulk/index.ts'
import { trialRoutes } from '../onboarding/trials/index.ts'
import { confirmDestination, playgroundRoutes } from '../rules/index.ts'

export interface ApiPort {
  http: HttpListener
  /** Clients of this server, or of all nodes; undefined until devices can connect. */
  connections: () => Connections | undefined
  /** Takes in certificates that were replaced; nobody is dropped. */
  reload: () => Promise<void>
}

const maxBodyBytes = 70 * 1024 * 1024 // a function's code of 50 MB, in base64

interface ApiPortParts {
  parts: Parts
  /** Absent: plain HTTP. */
  tls: LoadedApiTls | undefined
  /** The gateway once its ports are open: the API listens first. */
  devices: () => Gateway | undefined
  /** Absent where the server makes none of itself, and until all ports are open. */
  backups: () => BackupSchedule | undefined
  /** Sends the clients of this node of a cluster elsewhere, then stops it. */
  drain: () => void
  /** Watched since before anything was written. */
  clock: Clock
}

/** Its certificates are renewed and taken in as those of the device ports are. */
export async function openApiPort(
  config: Config,
  given: ApiPortParts,
  stack: AsyncDisposableStack,
): Promise<ApiPort> {
  const { parts, tls, devices } = given
  const here = () => devices()?.connections
  const connections = parts.cluster ? connectionsOfNodes(parts.cluster, here) : here
  let shown = tls
  const apiTlsEnd = () => shown?.notAfter
  const http = stack.use(await listen(config, { ...given, connections, apiTlsEnd }))
  if (!tls) return { http, connections, reload: async () => undefined }
  const { apiTlsKey, apiTlsCert } = config
  const fresh = keepTlsFresh({
    load: () => loadApiTls(config, parts.dataDir, parts.now()),
    show: (loaded) => {
      shown = loaded
      http.reloadTls(loaded.certificates)
    },
    current: tls,
    files: [apiTlsKey, apiTlsCert].filter((file) => file !== undefined),
    log: parts.log,
  })
  return { http, connections, reload: stack.use(fresh).reload }
}

type ListenParts = ApiPortParts & Pick<ApiPort, 'connections'> & Pick<MetricsPageDeps, 'apiTlsEnd'>

function listen(config: Config, { parts, tls, connections, ...beside }: ListenParts): Promise<HttpListener> {
  const { devices, drain, clock } = beside
  const { region } = config
  const { identities, functions, bulk, store, log, now, meters, tracing } = parts
  const { console, findGuest } = config.console === 'on' ? openServerConsole(config, parts) : noConsole
  return startHttp({
    ...addressOf(config),
    tls: tls?.certificates,
    region,
    maxBodyBytes,
    log,
    now,
    metrics: createMetricsPage(parts, beside),
    measure: ({ service, operation, status, seconds, accountId }) => {
      parts.events.request({ accountId, service, operation, status })
      meters.apiCalls.add({ service, operation, status })
      meters.apiSeconds.observe(seconds, { service })
    },
    ...(tracing && { trace: tracing.trace }),
    readiness: () => readinessOf(parts, { devices, clock }),
    onUpgrade: createUpgrade(devices, findGuest),
    confirmDestination: (token) => confirmDestination({ store, now }, token),
    downloads: [
      { path: codePath, contentType: 'application/zip', read: functions.codeLinks.read },
      { path: reportPath, contentType: 'application/x-ndjson', read: bulk.readReport },
    ],
    ...(console && { plugin: console.plugin, findSessionCaller: console.findSessionCaller }),
    findCredential: identities.findCredential,
    authorizeCall: identities.authorize,
    recordCall: parts.audit.record,
    services: offerServices({ ...parts, region, connections }),
    routesOf: routesByAccount(config, { parts, devices, drain, connections, console }),
  })
}

const addressOf = ({ host, apiPort: port, processes }: Config) => ({
  host,
  port,
  sharesPort: processes !== undefined,
})

interface OwnRoutesParts
  extends Pick<ApiPortParts, 'parts' | 'devices' | 'drain'>, Pick<ConnectionsRouteDeps, 'connections'> {
  console: Console | undefined
}

/** Those of Muster's own API: each account asks for resources of its own, and the first one runs the server. */
function routesByAccount(
  config: Config,
  { drain, ...given }: OwnRoutesParts,
): (accountId: string) => readonly OwnRoute[] {
  const { region } = config
  const { parts } = given
  const first = { accountId: parts.accounts.firstId, region }
  const ofServer = [
    clusterRoute(parts.cluster, first),
    drainRoute(parts.cluster, { drain, ...first }),
    ...accountsRoutes(parts, first),
  ]
  const known = new Map<string, readonly OwnRoute[]>()
  return (accountId) => {
    const present = known.get(accountId)
    if (present) return present
    const own = accountRoutes(config, given, { accountId, region })
    const routes = accountId === first.accountId ? [...own, ...ofServer] : own
    known.set(accountId, routes)
    return routes
  }
}

function accountRoutes(
  config: Config,
  { parts, devices, connections, console }: Omit<OwnRoutesParts, 'drain'>,
  scope: ArnScope,
): OwnRoute[] {
  return [
    ...journalRoutes({ ...parts, ...scope, stats: statsOfNodes(parts) }),
    deviceReportRoute({ ...parts, ...scope, sessions: sessionsOfNodes(parts) }),
    certificatesRoute(parts, scope),
    connectionsRoute({ connections, ...scope }),
    simulationRoute(parts, scope),
    revocationListsRoute(parts.revocationLists, scope),
    settingsRoute(config, { ...parts, devices }, scope),
    ...playgroundRoutes(parts, scope),
    ...trialRoutes(parts, scope),
    ...(console?.routesOf(scope.accountId) ?? []),
  ]
}

const readinessOf = (
  { store, dataDir, cluster }: Parts,
  { devices, clock }: Pick<ApiPortParts, 'devices' | 'clock'>,
) =>
  checkReadiness({
    store,
    dataDir,
    arePortsOpen: devices() !== undefined,
    clock,
    leaseAgeMs: cluster?.leaseAgeMs(),
  })

const noConsole = { console: undefined, findGuest: undefined }

function createUpgrade(
  devices: ApiPortParts['devices'],
  findGuest: FindGuest | undefined,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return function onUpgrade(request, socket, head) {
    const gateway = devices()
    if (!gateway) socket.destroy()
    else if (findGuest && isForGuests(request)) gateway.upgradeGuest({ request, socket, head, findGuest })
    else gateway.upgrade(request, socket, head)
  }
}

const isForGuests = ({ url = '' }: IncomingMessage): boolean => url.split('?', 1)[0] === guestPath
