/** The port of the AWS APIs: what it serves, and what it knows of the device ports. */
import type { IncomingMessage } from 'node:http'
import type { Config } from './config.ts'
import { deviceReportRoute } from './device-report.ts'
import { openServerConsole } from './console.ts'
import { guestPath, type Gateway } from '../gateway/ports/index.ts'
import { startHttp, type HttpListener } from '../api/http/index.ts'
import { journalRoutes } from './journal-routes.ts'
import { renderMetrics } from './metrics.ts'
import { offerServices } from './offered-services.ts'
import type { Parts } from './parts.ts'
import { revocationListsRoute } from '../pki/revocation-lists/index.ts'
import { codePath } from '../functions/index.ts'
import { confirmDestination, playgroundRoutes } from '../rules/index.ts'

const maxBodyBytes = 70 * 1024 * 1024 // a function's code of 50 MB, in base64

/** `devices` gives the gateway once its ports are open: the API listens first. */
export function openApiPort(
  config: Config,
  parts: Parts,
  devices: () => Gateway | undefined,
): Promise<HttpListener> {
  const { accountId, region, host, apiPort: port, endpoint: endpointAddress } = config
  const { identities, functions, store, log, now } = parts
  const scope = { accountId, region }
  const connections = () => devices()?.connections
  const { console, findGuest } = config.console === 'on' ? openServerConsole(config, parts) : noConsole
  return startHttp({
    host,
    port,
    region,
    maxBodyBytes,
    log,
    now,
    metrics: () => metricsOf(parts, devices()),
    onUpgrade(request, socket, head) {
      const gateway = devices()
      if (!gateway) socket.destroy()
      else if (findGuest && isForGuests(request)) gateway.upgradeGuest({ request, socket, head, findGuest })
      else gateway.upgrade(request, socket, head)
    },
    confirmDestination: (token) => confirmDestination({ store, now }, token),
    downloads: { path: codePath, contentType: 'application/zip', read: functions.codeLinks.read },
    ...(console && { plugin: console.plugin, findSessionCaller: console.findSessionCaller }),
    findCredential: identities.findCredential,
    authorizeCall: identities.authorize,
    services: offerServices({ ...parts, region, endpointAddress, connections }),
    routes: [
      ...journalRoutes({ ...parts, ...scope }),
      deviceReportRoute({ ...parts, ...scope }),
      revocationListsRoute(parts.revocationLists, scope),
      ...playgroundRoutes(parts, scope),
      ...(console?.routes ?? []),
    ],
  })
}

const noConsole = { console: undefined, findGuest: undefined }

const isForGuests = ({ url = '' }: IncomingMessage): boolean => url.split('?', 1)[0] === guestPath

function metricsOf({ journal, sessions, revocationLists }: Parts, gateway: Gateway | undefined): string {
  return renderMetrics({
    journal,
    devices: gateway?.stats() ?? { connections: 0, clients: 0 },
    sessions: sessions.stats(),
    revocationLists: revocationLists.stats(),
  })
}
