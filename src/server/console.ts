/** The console as this server offers it. */
import { fileURLToPath } from 'node:url'
import { mayEverBeAllowed } from '../access/policies/index.ts'
import { isLoopbackHost, openConsole, type Console } from '../api/console/index.ts'
import { findScopeFault, requestConditions } from '../api/http/index.ts'
import { formatArn } from '../lib/arn.ts'
import type { FindGuest } from '../gateway/ports/index.ts'
import { hasApiTls } from './api-urls.ts'
import type { Config } from './config.ts'
import { createActingRights, createFindGuest } from './console-mqtt.ts'
import type { Parts } from './parts.ts'

/** Where `npm run build:console` leaves the pages. */
const directory = fileURLToPath(new URL('../../console/dist', import.meta.url))

/** Whether browsers of this machine, or any, may have the console. */
export const isConsoleReachable = (config: Config): boolean =>
  config.console === 'on' && (hasApiTls(config) || isLoopbackHost(config.host))

/** What other nodes of a cluster write is in the live journal about so soon. */
const lookForOthersMs = 1000

/** With what lets people who are signed in speak MQTT. */
export function openServerConsole(config: Config, parts: Parts): { console: Console; findGuest: FindGuest } {
  const scheme = hasApiTls(config) ? 'https' : 'http'
  const { accountId, region, host } = config
  const { store, identities, journal, now, cluster } = parts
  const journalOf = (owner: string) =>
    formatArn({ service: 'muster', region, accountId: owner, resource: 'journal' })
  const rights = createActingRights(parts, region)
  const console = openConsole({
    store,
    now,
    region,
    directory,
    scheme,
    isLoopback: isLoopbackHost(host),
    feed: journal,
    lookEveryMs: cluster && lookForOthersMs,
    findCredential: identities.findCredential,
    findPerson: identities.findPerson,
    signInPerson: identities.signInPerson,
    findScopeFault: (scope) => findScopeFault(region, scope),
    authorizeFeed: ({ caller, ...origin }) => {
      const conditions = requestConditions(origin, region)
      const resource = journalOf(caller.accountId)
      return identities.authorize(caller, { action: 'muster:GetJournal', resource, conditions })
    },
    mayEver: async ({ caller, ...origin }, action) => {
      const conditions = requestConditions(origin, region)
      return mayEverBeAllowed(await identities.decide(caller, { action, resource: '*', conditions }))
    },
    recordSignIn: createRecordSignIn(parts, accountId),
    checkSocket: rights.findActed,
  })
  return { console, findGuest: createFindGuest(console, rights) }
}

/** Each sign-in, and each refusal, is in the journal of the account that it is about, or of the server's own. */
function createRecordSignIn(
  { journal, now }: Pick<Parts, 'journal' | 'now'>,
  ownAccountId: string,
): Parameters<typeof openConsole>[0]['recordSignIn'] {
  return ({ accountId = ownAccountId, accessKeyId, userName, sourceIp, isAllowed }) =>
    journal.record({
      accountId,
      code: isAllowed ? 'console-sign-in' : 'console-sign-in-refused',
      at: now(),
      sourceIp,
      details: {
        ...(accessKeyId !== undefined && { accessKeyId }),
        ...(userName !== undefined && { userName }),
      },
    })
}
