/** The composition root: opens the parts, then the ports, and closes them in reverse. */
import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { findCertificate } from './certificates/index.ts'
import type { Config } from './config.ts'
import { deviceReportRoutes } from './device-report.ts'
import { startGateway, type Gateway } from './gateway/index.ts'
import { startHttp, type HttpListener } from './http/index.ts'
import { renderMetrics } from './metrics.ts'
import { offerServices } from './offered-services.ts'
import { openParts, type Parts } from './parts.ts'
import { confirmDestination } from './rules/index.ts'
import { endpointsFile, type Endpoints } from './server-files.ts'
import { keepTlsFresh, loadServerTls } from './server-tls.ts'
import { lockDataDirectory } from './store/index.ts'

export interface Server extends AsyncDisposable {
  endpoints: Endpoints
}

const maxBodyBytes = 70 * 1024 * 1024 // a function's code of 50 MB, in base64

/**
 * Resolves when every port listens and `endpoints.json` is written. Disposing drains and closes.
 * @throws {Error} for a person when the data directory is taken or a port is in use
 */
export async function startServer(config: Config): Promise<Server> {
  await using stack = new AsyncDisposableStack()
  const dataDir = resolve(config.dataDir)
  stack.use(lockDataDirectory(dataDir))
  const parts = await openParts(config, dataDir, stack)
  let gateway: Gateway | undefined
  const deviceStats = () => gateway?.stats() ?? { connections: 0, clients: 0 }
  // the API first: what a device sets off may call it
  const http = stack.use(await openApiPort(config, parts, deviceStats))
  parts.api.url = http.url
  parts.functions.resume()
  const devicePorts = await openDevicePorts(config, parts, stack)
  gateway = devicePorts.gateway
  const endpoints = toEndpoints(config, { ...devicePorts, http })
  writeFileSync(endpointsFile(dataDir), `${JSON.stringify(endpoints, undefined, 2)}\n`)
  stack.defer(() => rmSync(endpointsFile(dataDir), { force: true }))
  const running = stack.move()
  return { endpoints, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

async function openDevicePorts(config: Config, parts: Parts, stack: AsyncDisposableStack) {
  const { accountId, region, host, mqttPort: mqtt, httpsPort: https, alpnPort: alpn } = config
  const { dataDir, store, journal, log, now } = parts
  const load = () => loadServerTls(config, dataDir, now())
  const tls = await load()
  const gateway = stack.use(
    await startGateway({
      ...parts,
      host,
      tls,
      accountId,
      region,
      ports: { mqtt, https, ...(alpn !== undefined && { alpn }) },
      certificateStatus: async (account, id) => (await findCertificate(store.read, account, id))?.status,
      record: journal.record,
    }),
  )
  stack.use(keepTlsFresh({ load, reload: gateway.reloadTls, current: tls, log }))
  return { gateway, rootCaFile: tls.rootCaFile }
}

function openApiPort(config: Config, parts: Parts, deviceStats: Gateway['stats']): Promise<HttpListener> {
  const { accountId, region, host, apiPort: port, endpoint } = config
  const { identities, journal, store, log, now } = parts
  return startHttp({
    host,
    port,
    region,
    maxBodyBytes,
    log,
    now,
    metrics: () => renderMetrics({ journal, devices: deviceStats() }),
    confirmDestination: (token) => confirmDestination({ store, now }, token),
    findCredential: identities.findCredential,
    authorizeCall: identities.authorize,
    services: offerServices({ ...parts, region, endpointAddress: endpoint }),
    routes: deviceReportRoutes({ ...parts, accountId, region }),
  })
}

interface Listening {
  gateway: Gateway
  http: HttpListener
  rootCaFile: string
}

function toEndpoints({ endpoint, region, accountId }: Config, listening: Listening): Endpoints {
  const { mqtt: mqttPort, https: httpsPort, alpn: alpnPort } = listening.gateway.ports
  return {
    apiUrl: listening.http.url,
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
