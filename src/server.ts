/** The composition root: opens every part in order, wires them together, and closes them in reverse. */
import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { openIssuer, findCertificate } from './certificates/index.ts'
import type { Config } from './config.ts'
import { deviceReportRoutes } from './device-report.ts'
import { createLocalFabric } from './fabric/index.ts'
import { startGateway } from './gateway/index.ts'
import { startHttp } from './http/index.ts'
import { createIdentities, type Identities } from './identities/index.ts'
import { createDeviceAuthorizer } from './iot-policies/index.ts'
import { openJournal } from './journal/index.ts'
import { createLog } from './lib/log.ts'
import { renderMetrics } from './metrics.ts'
import { offerServices } from './offered-services.ts'
import { createOnboarding } from './onboarding/index.ts'
import { databaseFile, endpointsFile, rootKeyFile, type Endpoints } from './server-files.ts'
import { keepTlsFresh, loadServerTls } from './server-tls.ts'
import { lockDataDirectory, openStore } from './store/index.ts'

export interface Server extends AsyncDisposable {
  endpoints: Endpoints
}

const maxBodyBytes = 10 * 1024 * 1024

/**
 * Resolves when every port listens and `endpoints.json` is written. Disposing drains and closes.
 * @throws {Error} for a person when the data directory is taken or a port is in use
 */
export async function startServer(config: Config): Promise<Server> {
  await using stack = new AsyncDisposableStack()
  const dataDir = resolve(config.dataDir)
  stack.use(lockDataDirectory(dataDir))
  const parts = await openParts(config, dataDir, stack)
  const endpoints = await listen(config, parts, stack)
  writeFileSync(endpointsFile(dataDir), `${JSON.stringify(endpoints, undefined, 2)}\n`)
  stack.defer(() => rmSync(endpointsFile(dataDir), { force: true }))
  const running = stack.move()
  return { endpoints, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

type Parts = Awaited<ReturnType<typeof openParts>>

/** Everything behind the ports. */
async function openParts(config: Config, dataDir: string, stack: AsyncDisposableStack) {
  const { accountId, region } = config
  const now = () => new Date()
  const log = createLog(config.logLevel)
  const store = stack.use(await openStore(databaseFile(dataDir)))
  const fabric = createLocalFabric((error) => log.error({ error }, 'a receiver of messages failed'))
  const { journalMaxEntries: maxEntries, journalMaxAgeDays: maxAgeDays } = config
  const journal = stack.use(openJournal({ store, log, now, maxEntries, maxAgeDays }))
  const identities = stack.use(createIdentities({ store, fabric, accountId, now }))
  await writeRootKey(identities, dataDir)
  const issuer = await openIssuer(dataDir)
  const { record } = journal
  const onboarding = createOnboarding({ store, fabric, identities, record, now, region })
  const authorizer = stack.use(createDeviceAuthorizer({ store, fabric }))
  return { dataDir, log, now, store, fabric, journal, identities, issuer, onboarding, authorizer }
}

/** Opens the ports; what was opened is closed again if one fails. */
async function listen(config: Config, parts: Parts, stack: AsyncDisposableStack): Promise<Endpoints> {
  const { accountId, region, host, endpoint } = config
  const { dataDir, log, now, store, fabric, journal, identities, onboarding, authorizer } = parts
  const load = () => loadServerTls(config, dataDir, now())
  const tls = await load()
  const gateway = stack.use(
    await startGateway({
      host,
      ports: {
        mqtt: config.mqttPort,
        https: config.httpsPort,
        ...(config.alpnPort !== undefined && { alpn: config.alpnPort }),
      },
      tls,
      accountId,
      region,
      fabric,
      onboarding,
      authorizer,
      certificateStatus: async (account, id) => (await findCertificate(store.read, account, id))?.status,
      record: journal.record,
      log,
      now,
    }),
  )
  stack.use(keepTlsFresh({ load, reload: gateway.reloadTls, current: tls, log }))
  const http = stack.use(
    await startHttp({
      host,
      port: config.apiPort,
      region,
      maxBodyBytes,
      metrics: () => renderMetrics({ journal, gateway }),
      findCredential: identities.findCredential,
      authorizeCall: identities.authorize,
      services: offerServices({ ...parts, endpointAddress: endpoint }),
      routes: deviceReportRoutes({ store, journal, accountId, region }),
      log,
      now,
    }),
  )
  const { mqtt: mqttPort, https: httpsPort, alpn: alpnPort } = gateway.ports
  const ports = { mqttPort, httpsPort, ...(alpnPort !== undefined && { alpnPort }) }
  return {
    apiUrl: http.url,
    ...ports,
    endpoint,
    rootCaFile: tls.rootCaFile,
    region,
    accountId,
    pid: process.pid,
  }
}

async function writeRootKey(identities: Identities, dataDir: string): Promise<void> {
  const { accessKeyId, secretAccessKey } = await identities.ensureRootKey()
  writeFileSync(rootKeyFile(dataDir), `${JSON.stringify({ accessKeyId, secretAccessKey }, undefined, 2)}\n`, {
    mode: 0o600,
  })
}
