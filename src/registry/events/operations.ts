import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { eventTypes, isEventType } from './event-types.ts'
import { findConfigurations, putConfigurations } from './store.ts'

export interface EventConfigurationsDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
}

export function eventConfigurationsOperations({ store, fabric, now }: EventConfigurationsDeps) {
  const commit = commitsOf({ store, fabric }, 'event-configurations')
  return {
    async DescribeEventConfigurations(_, { accountId }) {
      const found = await findConfigurations(store.read, accountId)
      const isEnabled = (type: string) => ({ Enabled: found?.enabled.includes(type) ?? false })
      return {
        eventConfigurations: Object.fromEntries(eventTypes.map((type) => [type, isEnabled(type)])),
        creationDate: found?.creationDate,
        lastModifiedDate: found?.lastModifiedDate,
      }
    },

    /** assumed: types that the request does not name stay as they are. */
    async UpdateEventConfigurations({ eventConfigurations = {} }, { accountId }) {
      const changes = Object.entries(eventConfigurations)
      for (const [type] of changes)
        if (!isEventType(type))
          throw iotError(
            'InvalidRequestException',
            `expected event types of ${eventTypes.join(', ')}, got ${JSON.stringify(type.slice(0, 60))}`,
          )
      await commit(accountId, accountId, async (db) => {
        const known = await findConfigurations(db, accountId)
        const enabled = new Set<string>(known?.enabled)
        for (const [type, { Enabled = false }] of changes) {
          if (Enabled) enabled.add(type)
          else enabled.delete(type)
        }
        const at = now()
        const creationDate = known?.creationDate ?? at
        await putConfigurations(db, { accountId, enabled: [...enabled], creationDate, lastModifiedDate: at })
      })
    },
  } satisfies Partial<Operations<typeof Iot>>
}
