import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rootContext } from '../../../test/helpers/call-context.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { createLocalFabric, type Change } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { eventTypes } from './event-types.ts'
import { eventConfigurationsOperations } from './operations.ts'

const context = rootContext('111122223333')
const elsewhere = rootContext('444455556666')

let store: Store
let changes: Change[]
let now: Date
let operations: ReturnType<typeof eventConfigurationsOperations>

beforeEach(async () => {
  store = await openTestStore()
  changes = []
  now = new Date('2026-05-01T12:00:00Z')
  const fabric = createLocalFabric()
  fabric.onChange((change) => void changes.push(change))
  operations = eventConfigurationsOperations({ store, fabric, now: () => now })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

const update = (eventConfigurations: Record<string, { Enabled?: boolean }>) =>
  operations.UpdateEventConfigurations({ eventConfigurations }, context)
const enabled = async (where = context) => {
  const { eventConfigurations } = await operations.DescribeEventConfigurations({}, where)
  return Object.entries(eventConfigurations).flatMap(([type, value]) => (value.Enabled ? [type] : []))
}

describe('event configurations', () => {
  it('are all off for an account that never changed them, without dates', async () => {
    const described = await operations.DescribeEventConfigurations({}, context)
    expect(described).toEqual({
      eventConfigurations: Object.fromEntries(eventTypes.map((type) => [type, { Enabled: false }])),
      creationDate: undefined,
      lastModifiedDate: undefined,
    })
    expect(eventTypes).toHaveLength(11)
  })

  it('change where they are named, and stay where they are not', async () => {
    await update({ THING: { Enabled: true }, POLICY: { Enabled: true } })
    now = new Date('2026-05-02T12:00:00Z')
    await update({ THING_GROUP: { Enabled: true }, POLICY: { Enabled: false }, JOB: {} })
    expect(await enabled()).toEqual(['THING', 'THING_GROUP'])
    const { creationDate, lastModifiedDate } = await operations.DescribeEventConfigurations({}, context)
    expect([creationDate, lastModifiedDate]).toEqual([new Date('2026-05-01T12:00:00Z'), now])
  })

  it('belong to one account, and are announced', async () => {
    await update({ THING: { Enabled: true } })
    expect(await enabled(elsewhere)).toEqual([])
    const { accountId } = context
    expect(changes).toEqual([{ accountId, kind: 'event-configurations', id: accountId }])
  })

  it('are refused whole when one of their types is unknown', async () => {
    const wrong = update({ THING: { Enabled: true }, THINGS: { Enabled: true } })
    await expect(wrong).rejects.toMatchObject({ code: 'InvalidRequestException' })
    await expect(wrong).rejects.toThrow('got "THINGS"')
    expect(await enabled()).toEqual([])
  })
})
