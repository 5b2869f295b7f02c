/** Everything behind the ports, opened in the order in which the parts need each other. */
import { answerAbsentServices } from '../gateway/absent-services/index.ts'
import { join } from 'node:path'
import { openBaseParts, type BaseParts } from './base-parts.ts'
import { noticeDays, openIssuer, type Issuer } from '../pki/certificates/index.ts'
import type { ApiUrls } from './api-urls.ts'
import type { Config } from './config.ts'
import { openDomains, type Domains } from '../gateway/domain-configurations/index.ts'
import { createFunctions, type Functions } from '../functions/index.ts'
import {
  allowListsDirectoryName,
  bucketsDirectoryName,
  codeDirectoryName,
  inputsDirectoryName,
} from './server-files.ts'
import { openDomainCertificates } from '../gateway/ports/index.ts'
import { serviceCredentialsOf } from './service-credentials.ts'
import { createServiceSession } from '../access/identities/index.ts'
import { createDeviceAuthorizer } from '../rights/iot-policies/index.ts'
import { createTrustedOutbound } from '../lib/outbound/outbound.ts'
import { openBulk, type Bulk } from '../onboarding/bulk/index.ts'
import { offerClaims } from '../onboarding/claims/index.ts'
import { countAttachments } from './attachments.ts'
import { detachAll, startRetirement } from '../onboarding/renewals/index.ts'
import { openAllowLists } from '../onboarding/allow-lists/index.ts'
import { createAskWebhook, readHookSecret, type AskWebhook } from '../onboarding/hooks/index.ts'
import { createFindReceiver } from './account-of-device.ts'
import { createOnboarding } from '../onboarding/admission/index.ts'
import { startExpiryNotices } from '../pki/expiry/index.ts'
import { startRevocationLists } from '../pki/revocation-lists/index.ts'
import {
  createCustomAuthenticator,
  openKnownAuthorizers,
  type CustomAuthenticator,
} from '../rights/authorizers/index.ts'
import { createCredentialProvider } from '../rights/role-aliases/index.ts'
import { createRules, type AwsEndpoints } from '../rules/index.ts'
import type { Db } from '../store/index.ts'
import { createShadows, shadowsDevicePath } from '../messaging/shadows/index.ts'

export type Parts = Awaited<ReturnType<typeof openParts>>

interface Places {
  dataDir: string
  /** Directories and files that functions must not see. */
  hidden: readonly string[]
}

export async function openParts(config: Config, { dataDir, hidden }: Places, stack: AsyncDisposableStack) {
  const base = await openBaseParts(config, dataDir, stack)
  const hooks = await openHooks(config, { base, dataDir, hidden }, stack)
  const askWebhook = openWebhooks(config, base)
  const devices = await openDeviceParts(config, { base, dataDir, askWebhook }, stack)
  const customAuth = await openCustomAuth(config, { ...base, ...hooks }, stack)
  openClaims(config, { ...base, ...hooks, ...devices, askWebhook }, stack)
  const bulk = openServerBulk(config, { ...base, ...devices, dataDir }, stack)
  return { ...base, ...hooks, ...devices, customAuth, bulk, dataDir }
}

/** What was to happen when the server stopped. Once the API listens; also when a node that is gone has left some. */
export function resumeParts({ functions, registryEvents, bulk, cluster }: Parts): void {
  functions.resume()
  registryEvents.resume()
  bulk.resume()
  cluster?.onAdopted(() => {
    functions.resume()
    registryEvents.look()
    bulk.look()
  })
}

/** Written once the port listens. */
interface ApiReach extends ApiUrls {
  /** PEM of the roots to trust for the local one; absent without TLS. */
  trusted?: string
  /** The file with the roots that devices trust, once their ports are open. */
  rootCaFile?: string
}

/** Of an input file of bulk registration: a million lines of a CSR each. */
const maxInputBytes = 2 * 1024 ** 3

interface Opened {
  base: BaseParts
  dataDir: string
}

/** What messages set off. `api` tells how the API is reached once it is: functions and rules ask later. */
async function openHooks(
  config: Config,
  { base, dataDir, hidden }: Opened & Places,
  stack: AsyncDisposableStack,
) {
  const { region } = config
  const { journal, meters } = base
  const api: ApiReach = { local: '', public: '' }
  const functions = await openFunctions(config, { base, dataDir, hidden, api }, stack)
  const awsEndpoints = awsEndpointsOf(config)
  const { record } = journal
  const rules = stack.use(
    await createRules({
      ...base,
      functions,
      record,
      awsEndpoints,
      region,
      forEachAccount: base.accounts.forEach,
      apiUrl: () => api.public,
      measure: (seconds) => meters.ruleSeconds.observe(seconds),
      trace: base.tracing?.trace,
      onCounted: base.events.rule,
    }),
  )
  return { api, functions, awsEndpoints, rules }
}

async function openFunctions(
  { region }: Config,
  { base, dataDir, hidden, api }: Opened & Places & { api: ApiReach },
  stack: AsyncDisposableStack,
): Promise<Functions> {
  const { store, fabric, identities, now, meters, cluster } = base
  const functions = stack.use(
    await createFunctions({
      ...base,
      createServiceSession: (request) => createServiceSession({ store, identities, now }, request),
      codeDirectory: join(dataDir, codeDirectoryName),
      hiddenPlaces: hidden,
      api: () => ({ url: api.local, ...(api.trusted !== undefined && { trusted: api.trusted }) }),
      region,
      measure: (seconds, outcome) => meters.functionSeconds.observe(seconds, { outcome }),
      trace: base.tracing?.trace,
      ...(cluster && { nodeName: cluster.nodeName }),
    }),
  )
  stack.use(
    fabric.onChange(({ kind, accountId: account, id }) => {
      if (kind === 'function') functions.retire(account, id)
    }),
  )
  stack.use(base.accounts.onClosed((accountId) => functions.retire(accountId)))
  return functions
}

/** What decides about devices and serves them. */
async function openDeviceParts(
  config: Config,
  { base, dataDir, askWebhook }: Opened & { askWebhook: AskWebhook },
  stack: AsyncDisposableStack,
) {
  const { region, crlDirectory } = config
  const { store, fabric, now, meters, accounts } = base
  const { record } = base.journal
  const shadows = stack.use(
    await createShadows({ ...base, forEachAccount: accounts.forEach, onAccepted: base.events.shadow }),
  )
  stack.use(await accounts.forEach((accountId) => answerAbsentServices({ ...base, record, accountId })))
  stack.use(startRetirement({ ...base, record }))
  stack.use(startExpiryNotices({ ...base, record, onTold: countNotices(meters) }))
  const revocationLists = stack.use(
    await startRevocationLists({ ...base, record, dataDirectory: dataDir, crlDirectory }),
  )
  return {
    shadows,
    revocationLists,
    onboarding: createOnboarding({
      askWebhook,
      allowLists: stack.use(openAllowLists({ ...base, directory: join(dataDir, allowListsDirectoryName) })),
      ...base,
      record,
      region,
      revocationLists,
      findReceiver: createFindReceiver(base),
      limits: base.serverLimits.admission,
      measureNew: (seconds) => meters.admissionSeconds.observe(seconds),
      trace: base.tracing?.trace,
    }),
    authorizer: stack.use(createDeviceAuthorizer({ store, fabric })),
    issuer: stack.use(await openIssuer(dataDir)),
    devicePaths: [shadowsDevicePath({ shadows }), createCredentialProvider({ ...base, record })],
    domainCertificates: openDomainCertificates(join(dataDir, 'tls'), now),
    domainConfigurations: stack.use(await openAccountDomains(base)),
  }
}

/** From zero, so that the first one is seen as one more. */
function countNotices({ expiryNotices }: BaseParts['meters']) {
  for (const kind of ['ca', 'certificate'])
    for (const days of noticeDays) expiryNotices.add({ kind, days }, 0)
  return (kind: string, days: number) => expiryNotices.add({ kind, days })
}

/** The first account has the endpoint itself, which is nobody's domain. */
function openAccountDomains({ store, fabric, accounts }: BaseParts): Promise<Domains> {
  const { firstId, endpointOf, forEach: forEachAccount } = accounts
  const ownEndpointOf = (accountId: string) => (accountId === firstId ? undefined : endpointOf(accountId))
  return openDomains({ store, fabric, forEachAccount, ownEndpointOf })
}

/** Those that CAs and templates name by a tag. */
function openWebhooks({ hookSecretFile }: Config, { outbound, now, log }: BaseParts): AskWebhook {
  const secret = hookSecretFile === undefined ? undefined : readHookSecret(hookSecretFile)
  return createAskWebhook({ outbound, secret, now, log })
}

/** Who is let in by what functions say. */
async function openCustomAuth(
  { region }: Config,
  parts: BaseParts & { functions: Functions },
  stack: AsyncDisposableStack,
): Promise<CustomAuthenticator> {
  const authorizers = stack.use(
    await openKnownAuthorizers({ ...parts, forEachAccount: parts.accounts.forEach }),
  )
  const { callFromService: callFunction } = parts.functions
  return stack.use(createCustomAuthenticator({ ...parts, authorizers, region, callFunction }))
}

type ClaimParts = BaseParts & { functions: Functions; issuer: Issuer; askWebhook: AskWebhook }

/** What devices without a certificate of their own may ask for. */
function openClaims({ region }: Config, parts: ClaimParts, stack: AsyncDisposableStack): void {
  const { journal, serverLimits, functions, tracing } = parts
  const isAttached = async (db: Db, accountId: string, certificateArn: string) => {
    const { policies, things } = await countAttachments(db, accountId, certificateArn)
    return policies > 0 || things > 0
  }
  stack.use(
    offerClaims({
      ...parts,
      region,
      record: journal.record,
      limits: serverLimits.claims,
      trace: tracing?.trace,
      callFunction: functions.callFromService,
      isAttached,
      detachAll,
    }),
  )
}

type BulkParts = BaseParts & { issuer: Issuer; dataDir: string }

function openServerBulk(config: Config, parts: BulkParts, stack: AsyncDisposableStack): Bulk {
  const { region, bulkS3Endpoint: url } = config
  const { dataDir, journal, now } = parts
  const credentials = serviceCredentialsOf(config)
  const s3 =
    url === undefined || credentials === undefined
      ? undefined
      : { url, credentials, region, now, outbound: stack.use(createTrustedOutbound()) }
  const inputs = {
    bucketsDirectory: join(dataDir, bucketsDirectoryName),
    copiesDirectory: join(dataDir, inputsDirectoryName),
    maxInputBytes,
    s3,
  }
  return stack.use(openBulk({ ...parts, region, inputs, recordWith: journal.recordWith }))
}

function awsEndpointsOf(config: Config): AwsEndpoints {
  const { sqsEndpoint: sqs, s3Endpoint: s3 } = config
  const credentials = serviceCredentialsOf(config)
  return {
    ...(sqs !== undefined && { sqs }),
    ...(s3 !== undefined && { s3 }),
    ...(credentials && { credentials }),
  }
}
