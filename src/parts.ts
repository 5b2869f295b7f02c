/** Everything behind the ports, opened in the order in which the parts need each other. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openIssuer } from './certificates/index.ts'
import type { Config } from './config.ts'
import { openMessages } from './data-plane/index.ts'
import { createLocalFabric } from './fabric/index.ts'
import { createFunctions } from './functions/index.ts'
import { createIdentities, createServiceSession, type Identities } from './identities/index.ts'
import { createIotLogging } from './iot-logging/index.ts'
import { createDeviceAuthorizer } from './iot-policies/index.ts'
import { openJournal } from './journal/index.ts'
import { createLog } from './lib/log.ts'
import { createLogs } from './logs/index.ts'
import { createOnboarding } from './onboarding/index.ts'
import { createRules, type AwsEndpoints } from './rules/index.ts'
import { databaseFile, rootKeyFile } from './server-files.ts'
import { openStore } from './store/index.ts'
import { allGroupsOfThing } from './thing-groups/index.ts'

export type Parts = Awaited<ReturnType<typeof openParts>>

/** `api` tells where the API listens once it does: functions and rules ask later. */
export async function openParts(config: Config, dataDir: string, stack: AsyncDisposableStack) {
  const base = await openBase(config, dataDir, stack)
  const { accountId, region } = config
  const { store, fabric, identities, logs, iotLogging, journal, log, now } = base
  const api = { url: '' }
  const functions = stack.use(
    await createFunctions({
      store,
      logs,
      createServiceSession: (request) => createServiceSession({ store, identities, now }, request),
      codeDirectory: join(dataDir, 'functions'),
      hiddenDirectories: [dataDir],
      apiUrl: () => api.url,
      region,
      now,
      log,
    }),
  )
  const awsEndpoints = awsEndpointsOf(config)
  const rules = stack.use(
    await createRules({
      ...base,
      functions,
      logs,
      iotLogging,
      record: journal.record,
      awsEndpoints,
      region,
      accountId,
      apiUrl: () => api.url,
    }),
  )
  const onboarding = createOnboarding({ store, fabric, identities, record: journal.record, now, region })
  const authorizer = stack.use(createDeviceAuthorizer({ store, fabric }))
  const issuer = await openIssuer(dataDir)
  return { ...base, dataDir, api, functions, awsEndpoints, rules, onboarding, authorizer, issuer }
}

async function openBase(config: Config, dataDir: string, stack: AsyncDisposableStack) {
  const { accountId, region } = config
  const now = () => new Date()
  const log = createLog(config.logLevel)
  const store = stack.use(await openStore(databaseFile(dataDir)))
  const fabric = createLocalFabric((error) => log.error({ error }, 'a receiver of messages failed'))
  const identities = stack.use(createIdentities({ store, fabric, accountId, now }))
  await writeRootKey(identities, dataDir)
  const logs = stack.use(createLogs({ store, now, log }))
  const iotLogging = stack.use(
    await createIotLogging({ store, logs, fabric, identities, groupsOfThing, region, now, log }),
  )
  const { journalMaxEntries: maxEntries, journalMaxAgeDays: maxAgeDays } = config
  const messages = await openMessages({ store, fabric, now })
  const hear = iotLogging.fromJournal
  const journal = stack.use(openJournal({ store, log, now, maxEntries, maxAgeDays, hear }))
  return { log, now, store, fabric, identities, logs, iotLogging, journal, messages }

  async function groupsOfThing(account: string, thingName: string): Promise<string[]> {
    const groups = await allGroupsOfThing(store.read, account, thingName)
    return groups.map(({ groupName }) => groupName)
  }
}

async function writeRootKey(identities: Identities, dataDir: string): Promise<void> {
  const { accessKeyId, secretAccessKey } = await identities.ensureRootKey()
  const text = JSON.stringify({ accessKeyId, secretAccessKey }, undefined, 2)
  writeFileSync(rootKeyFile(dataDir), `${text}\n`, { mode: 0o600 })
}

function awsEndpointsOf(config: Config): AwsEndpoints {
  const { sqsEndpoint: sqs, s3Endpoint: s3, serviceAccessKeyId, serviceSecretAccessKey } = config
  const hasCredentials = serviceAccessKeyId !== undefined && serviceSecretAccessKey !== undefined
  return {
    ...(sqs !== undefined && { sqs }),
    ...(s3 !== undefined && { s3 }),
    ...(hasCredentials && {
      credentials: { accessKeyId: serviceAccessKeyId, secretAccessKey: serviceSecretAccessKey },
    }),
  }
}
