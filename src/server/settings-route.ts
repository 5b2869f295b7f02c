/** Muster's own API: what an operator set, and what devices need to know of the server. Nothing of it is secret. */
import { readFile } from 'node:fs/promises'
import type { OwnRoute } from '../api/http/index.ts'
import type { Gateway } from '../gateway/ports/index.ts'
import { formatArn, type ArnScope } from '../lib/arn.ts'
import { readVersion } from '../lib/version.ts'
import type { Config } from './config.ts'
import type { Parts } from './parts.ts'
import { limitDefaults } from './server-limits.ts'

interface SettingsDeps extends Pick<Parts, 'accounts' | 'api' | 'serverLimits'> {
  devices: () => Gateway | undefined
}

/** `GET /muster/v1/settings`. */
export function settingsRoute(
  config: Config,
  { api, accounts, serverLimits, devices }: SettingsDeps,
  { accountId, region }: ArnScope,
): OwnRoute {
  const { mqttProfile, mqttRefusals, sessionQueueFull } = config
  const { journalMaxEntries, journalMaxAgeDays } = config
  return {
    method: 'GET',
    path: '/muster/v1/settings',
    action: 'muster:GetSettings',
    resource: formatArn({ service: 'muster', region, accountId, resource: 'settings' }),
    handle: async () => ({
      version: readVersion(),
      node: process.versions.node,
      apiUrl: api.public,
      endpoint: accounts.endpointOf(accountId),
      ports: { ...devices()?.ports },
      rootCaPem: api.rootCaFile === undefined ? '' : await readFile(api.rootCaFile, 'utf8'),
      options: { mqttProfile, mqttRefusals, sessionQueueFull, journalMaxEntries, journalMaxAgeDays },
      limits: listLimits(serverLimits),
    }),
  }
}

/** Each with what it is without the operator's file. */
function listLimits(serverLimits: Parts['serverLimits']) {
  const defaults = Object.assign({}, ...Object.values(limitDefaults)) as Record<string, number>
  const given = Object.assign({}, ...Object.values(serverLimits)) as Record<string, number | undefined>
  return Object.entries(defaults).map(([name, fallback]) => ({
    name,
    value: given[name] ?? fallback,
    default: fallback,
  }))
}
