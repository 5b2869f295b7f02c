/** Muster's own API: what an operator set, and what devices need to know of the server. Nothing of it is secret. */
import { readFile } from 'node:fs/promises'
import type { OwnRoute } from '../api/http/index.ts'
import { defaultLimits, type Gateway } from '../gateway/ports/index.ts'
import { formatArn } from '../lib/arn.ts'
import { readVersion } from '../lib/version.ts'
import { defaultSessionLimits } from '../messaging/sessions/index.ts'
import { defaultAdmissionLimits } from '../onboarding/admission/index.ts'
import type { Config } from './config.ts'
import type { Parts } from './parts.ts'

interface SettingsDeps extends Pick<Parts, 'api' | 'serverLimits'> {
  devices: () => Gateway | undefined
}

/** `GET /muster/v1/settings`. */
export function settingsRoute(config: Config, { api, serverLimits, devices }: SettingsDeps): OwnRoute {
  const { accountId, region, endpoint, mqttProfile, mqttRefusals, sessionQueueFull } = config
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
      endpoint,
      ports: { ...devices()?.ports },
      rootCaPem: api.rootCaFile === undefined ? '' : await readFile(api.rootCaFile, 'utf8'),
      options: { mqttProfile, mqttRefusals, sessionQueueFull, journalMaxEntries, journalMaxAgeDays },
      limits: listLimits(serverLimits),
    }),
  }
}

/** Each with what it is without the operator's file. */
function listLimits({ gateway, sessions, admission }: Parts['serverLimits']) {
  const defaults = { ...defaultLimits, ...defaultSessionLimits, ...defaultAdmissionLimits }
  const given: Record<string, number | undefined> = { ...gateway, ...sessions, ...admission }
  return Object.entries(defaults).map(([name, fallback]) => ({
    name,
    value: given[name] ?? fallback,
    default: fallback,
  }))
}
