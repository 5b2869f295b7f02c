/** The ports of devices, and the certificates they show. */
import { findCertificate } from '../pki/certificates/index.ts'
import { createFindAccount } from './account-of-device.ts'
import type { Config } from './config.ts'
import {
  startGateway,
  type AnsweredRequest,
  type Gateway,
  type LoadedServerTls,
} from '../gateway/ports/index.ts'
import { absentServicesDevicePath } from '../gateway/absent-services/index.ts'
import { directMessagesDevicePath } from '../gateway/connections/index.ts'
import type { ApiPort } from './api-port.ts'
import { trafficTotals } from '../observability/cloudwatch/index.ts'
import { createClientLog } from '../observability/iot-logging/index.ts'
import type { Parts } from './parts.ts'
import { keepTlsFresh, loadServerTls } from './server-tls.ts'

export interface DevicePorts {
  gateway: Gateway
  rootCaFile: string
  /** Takes in certificates that were replaced; nobody is dropped. */
  reload: () => Promise<void>
}

interface DevicePortsParts extends Pick<ApiPort, 'http' | 'connections'> {
  parts: Parts
  tls: LoadedServerTls
}

export async function openDevicePorts(
  config: Config,
  { parts, http, connections, tls }: DevicePortsParts,
  stack: AsyncDisposableStack,
): Promise<DevicePorts> {
  const load = () => loadServerTls(config, parts.dataDir, parts.now())
  const gateway = stack.use(
    await startGateway({
      ...parts,
      ...optionsOf(config, parts),
      devicePaths: [
        ...parts.devicePaths,
        directMessagesDevicePath({ connections }),
        absentServicesDevicePath,
      ],
      findAccount: createFindAccount(parts),
      tls: tls.certificates,
      answerSigned: http.answer,
      certificateStatus: async (account, id) =>
        (await findCertificate(parts.store.read, account, id))?.status,
    }),
  )
  parts.countedMetrics.addSource(() => trafficTotals(gateway.traffic))
  stack.use(parts.accounts.onClosed((accountId) => gateway.endAccount(accountId)))
  const { tlsKey = [], tlsCert = [], tlsCa } = config
  const files = [...tlsKey, ...tlsCert, ...(tlsCa === undefined ? [] : [tlsCa])]
  const { reloadDomains } = gateway
  const show = ({ certificates }: LoadedServerTls) => gateway.reloadTls(certificates)
  const fresh = stack.use(keepTlsFresh({ load, show, reloadDomains, current: tls, files, log: parts.log }))
  return { gateway, rootCaFile: tls.rootCaFile, reload: fresh.reload }
}

function optionsOf(config: Config, parts: Parts) {
  const { accountId, region, host, mqttPort: mqtt, httpsPort: https, alpnPort: alpn } = config
  const { domainConfigurations, domainCertificates: certificates } = parts
  const { list, onChanged } = domainConfigurations
  return {
    host,
    accountId,
    region,
    ports: { mqtt, https, ...(alpn !== undefined && { alpn }) },
    sharesPorts: config.processes !== undefined,
    profile: config.mqttProfile,
    refusals: config.mqttRefusals,
    ...(parts.cluster && { claims: parts.cluster.claims, mayServe: parts.cluster.mayServe }),
    limits: parts.serverLimits.gateway,
    record: parts.journal.record,
    measureConnect: (seconds: number) => parts.meters.connectSeconds.observe(seconds),
    measurePublish: (seconds: number) => parts.meters.publishSeconds.observe(seconds),
    ...(parts.tracing && { trace: parts.tracing.trace }),
    onAnswered: (request: AnsweredRequest) => parts.events.request({ service: 'iot-data', ...request }),
    clientEvents: createClientLog(parts.iotLogging),
    revocations: parts.revocationLists,
    domains: { list, onChanged, certificates, defaultName: config.endpoint },
    ...(config.proxyProtocolFrom && { proxyProtocolFrom: config.proxyProtocolFrom }),
  }
}
