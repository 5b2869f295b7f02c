/** Things and their types in a store of their own, for the tests of this folder. */
import { rootContext } from '../../../../test/helpers/call-context.ts'
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { Change } from '../../../fabric/in-process/index.ts'
import { thingTypesOperations } from '../../thing-types/index.ts'
import { thingsOperations } from '../operations.ts'
import { hasThingsOfType } from '../search-store.ts'

export const now = new Date('2026-05-01T12:00:00Z')
export const context = rootContext('111122223333')
export const elsewhere = rootContext('444455556666')
export const certificate = (id: string) => `arn:aws:iot:us-east-1:111122223333:cert/${id}`

/** As many as asked for. */
export const attributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, 'x']))

/** With the type Lamp, and with Candle, which is deprecated. */
export async function openTestThings() {
  const store = await openTestStore()
  const changes: Change[] = []
  const fabric = { announce: async (...announced: Change[]) => void changes.push(...announced) }
  const principalExists = async (_: unknown, __: string, principal: string) => !principal.endsWith('unknown')
  const operations = thingsOperations({ store, fabric, now: () => now, principalExists })
  const types = thingTypesOperations({
    store,
    fabric: { announce: async () => {} },
    now: () => now,
    hasThingsOfType,
    deletionWaitMs: 0,
  })
  await types.CreateThingType({ thingTypeName: 'Lamp' }, context)
  await types.CreateThingType({ thingTypeName: 'Candle' }, context)
  await types.DeprecateThingType({ thingTypeName: 'Candle' }, context)
  return { store, changes, operations, types }
}

export type TestThings = Awaited<ReturnType<typeof openTestThings>>
