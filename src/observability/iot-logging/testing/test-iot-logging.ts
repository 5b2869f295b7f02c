/** AWS IoT logging on a database of its own behind the API listener, for the tests of this folder. */
import { IoTClient } from '@aws-sdk/client-iot'
import { openTestStore } from '../../../../test/helpers/store.ts'
import { iotError } from '../../../api/aws/errors.ts'
import { createLocalFabric } from '../../../fabric/in-process/index.ts'
import type { OfferedServices } from '../../../api/http/index.ts'
import { accountId, clientConfig, startTestHttp } from '../../../api/http/testing/test-server.ts'
import { createIotLogging, type IotLoggingDeps } from '../iot-logging.ts'
import { iotLoggingOperations } from '../operations.ts'
import { iotLoggingPermissions } from '../permissions.ts'

export { accountId }
export const start = new Date('2026-05-01T12:00:00.123Z')
export const roleArn = `arn:aws:iam::${accountId}:role/logging`

/** What a test may change: whether the role may write, and who is in which groups. */
const newWorld = () => ({ mayWrite: true, groups: new Map<string, string[]>(), groupLookups: 0 })

type World = ReturnType<typeof newWorld>

const identitiesOf = (world: World): IotLoggingDeps['identities'] => ({
  async assumeServiceRole({ roleArn: arn }) {
    if (arn !== roleArn) throw iotError('InvalidRequestException', `the role ${arn} does not exist`)
    return { accountId, kind: 'assumed-role', arn, userId: 'AROA:logging' }
  },
  decide: async () => ({ effect: world.mayWrite ? 'allow' : 'implicit-deny', variables: {} }) as never,
})

async function serve(iot: object) {
  const http = await startTestHttp({ services: { iot: iot as NonNullable<OfferedServices['iot']> } })
  return { http, client: new IoTClient(clientConfig(http)) }
}

export async function openTestIotLogging() {
  const store = await openTestStore()
  const world = newWorld()
  const appended: Parameters<IotLoggingDeps['logs']['append']>[0][] = []
  const warnings: string[] = []
  const warn = (_fields: object, message: string) => void warnings.push(message)
  const deps = {
    store,
    logs: { append: (batch) => void appended.push(batch) },
    fabric: createLocalFabric(),
    identities: identitiesOf(world),
    groupsOfThing: async (_, thingName) => {
      world.groupLookups++
      return world.groups.get(thingName) ?? []
    },
    region: 'us-east-1',
    now: () => start,
    log: { warn, error: warn } as never,
  } satisfies IotLoggingDeps
  const iotLogging = await createIotLogging(deps)
  const operations = iotLoggingOperations(deps)
  const { http, client } = await serve({ operations, permissions: iotLoggingPermissions })
  const messages = () => appended.flatMap(({ events }) => events.map(({ message }) => message))
  const dispose = async () => {
    for (const opened of [http, iotLogging, store]) await opened[Symbol.asyncDispose]()
  }
  return {
    ...deps,
    deps,
    iotLogging,
    client,
    world,
    warnings,
    appended,
    /** What was written, parsed. */
    entries: () => messages().map((message) => JSON.parse(message) as Record<string, unknown>),
    [Symbol.asyncDispose]: dispose,
  }
}
