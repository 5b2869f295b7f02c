/** The composition root: opens the parts, then the ports, and closes them in reverse. */
import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkNotHalfRestored, type BackupSchedule } from './backup/index.ts'
import { openApiPort } from './api-port.ts'
import { watchClock } from './clock.ts'
import { openBackups } from './backups.ts'
import type { Config } from './config.ts'
import { openDevicePorts } from './device-ports.ts'
import type { Gateway } from '../gateway/ports/index.ts'
import { hasApiTls, toApiUrls, type ApiUrls } from './api-urls.ts'
import { openParts, resumeParts, type Parts } from './parts.ts'
import { secretPlaces } from './secret-places.ts'
import { endpointsFile, type Endpoints } from './server-files.ts'
import { loadApiTls, loadServerTls } from './server-tls.ts'
import { lockDataDirectory } from '../store/index.ts'

export interface Server extends AsyncDisposable {
  endpoints: Endpoints
  /** Takes in certificates that were replaced; nobody is dropped. */
  reload: () => Promise<void>
  /** Resolves when it must not serve any more, with why: it is stopping by then. Never for a server by itself. */
  fenced: Promise<Error>
  /** Resolves when its clients have been sent elsewhere, as it was asked to leave its cluster: stop it then. */
  drained: Promise<void>
}

const ignore = () => {}

/** What is begun before anybody waits for it: whoever waits meets its errors, and nothing of it goes on once the stack is disposed of. */
function beginEarly<Result>(work: () => Promise<Result>, stack: AsyncDisposableStack): Promise<Result> {
  const result = work()
  const ended = result.then(ignore, ignore)
  stack.defer(() => ended)
  return result
}

/**
 * Resolves when every port listens and `endpoints.json` is written. Disposing drains and closes. `otherSecrets` are directories
 * and files that no option names: functions see none of them.
 * @throws {Error} for a person when the data directory is taken or a port is in use
 */
export async function startServer(config: Config, otherSecrets: readonly string[] = []): Promise<Server> {
  await using stack = new AsyncDisposableStack()
  const dataDir = resolve(config.dataDir)
  stack.use(lockDataDirectory(dataDir))
  checkNotHalfRestored(dataDir)
  const clock = watchClock(dataDir)
  const load = () => loadServerTls(config, dataDir, new Date())
  const early = config.nats === undefined ? beginEarly(load, stack) : undefined // while the parts open
  const hidden = [...otherSecrets, ...secretPlaces(config, dataDir)]
  const parts = await openParts(config, { dataDir, hidden }, stack)
  const loading = early ?? load() // a node gets them from the others
  let gateway: Gateway | undefined
  let backups: BackupSchedule | undefined
  const tls = hasApiTls(config)
    ? await loading.then(() => loadApiTls(config, dataDir, new Date()))
    : undefined
  // the API first: what a device sets off may call it
  const { drained, drain } = drainOnce(() => gateway, parts.log)
  const beside = { devices: () => gateway, backups: () => backups, drain, clock }
  const apiPort = await openApiPort(config, { parts, tls, ...beside }, stack)
  Object.assign(parts.api, toApiUrls(config, apiPort.http.url), tls && { trusted: tls.rootCaPem })
  resumeParts(parts)
  const devicePorts = await openDevicePorts(config, { parts, ...apiPort, tls: await loading }, stack)
  gateway = devicePorts.gateway
  parts.api.rootCaFile = devicePorts.rootCaFile
  const endpoints = toEndpoints(config, { ...devicePorts, urls: parts.api, apiCaFile: tls?.rootCaFile })
  writeFileSync(endpointsFile(dataDir), `${JSON.stringify(endpoints, undefined, 2)}\n`)
  stack.defer(() => rmSync(endpointsFile(dataDir), { force: true }))
  parts.copies?.start() // last, as backups: all keys are made
  backups = stack.use(await openBackups(config, parts))
  await parts.cluster?.introduce({
    connections: () => devicePorts.gateway.stats().clients,
    address: () => endpoints.publicApiUrl,
  })
  const running = stack.move()
  const reload = async () => {
    await Promise.all([devicePorts.reload(), apiPort.reload()])
  }
  const { stop, fenced } = stopOnce(parts, running)
  return { endpoints, reload, fenced, drained, [Symbol.asyncDispose]: stop }
}

function drainOnce(gateway: () => Gateway | undefined, log: Parts['log']) {
  const { promise: drained, resolve } = Promise.withResolvers<void>()
  let leaving: Promise<void> | undefined
  const leave = async () => {
    await gateway()?.leave()
    resolve()
  }
  const drain = () => {
    leaving ??= leave().catch((error: unknown) => log.error({ error }, 'the node could not be drained'))
  }
  return { drained, drain }
}

/** By whoever stops it, or by itself when it must not serve any more. */
function stopOnce({ cluster, log }: Pick<Parts, 'cluster' | 'log'>, running: AsyncDisposableStack) {
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= running.disposeAsync())
  const fenced = cluster?.fenced ?? new Promise<never>(() => {})
  void fenced.then(stop).catch((error: unknown) => log.error({ error }, 'the server did not stop cleanly'))
  return { stop, fenced }
}

interface Listening {
  gateway: Gateway
  urls: ApiUrls
  rootCaFile: string
  apiCaFile: string | undefined
}

function toEndpoints(config: Config, listening: Listening): Endpoints {
  const { endpoint, region, accountId } = config
  const { urls, apiCaFile } = listening
  const { mqtt: mqttPort, https: httpsPort, alpn: alpnPort } = listening.gateway.ports
  return {
    apiUrl: urls.local,
    publicApiUrl: urls.public,
    ...(apiCaFile !== undefined && { apiCaFile }),
    mqttPort,
    httpsPort,
    ...(alpnPort !== undefined && { alpnPort }),
    endpoint,
    rootCaFile: listening.rootCaFile,
    region,
    accountId,
    pid: process.pid,
  }
}
