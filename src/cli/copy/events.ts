/** Which registry events are switched on. The last of all, so that the copy itself is not told. */
import {
  DescribeEventConfigurationsCommand,
  UpdateEventConfigurationsCommand,
  type Configuration,
  type EventType,
} from '@aws-sdk/client-iot'
import type { End } from './ends.ts'
import type { Copy, Item } from './items.ts'

type Switches = Partial<Record<EventType, Configuration>>

async function readSwitches({ iot }: End): Promise<Switches> {
  const { eventConfigurations = {} } = await iot.send(new DescribeEventConfigurationsCommand({}))
  return eventConfigurations
}

const listSwitchedOn = (switches: Switches) =>
  Object.entries(switches).flatMap(([type, { Enabled = false }]) => (Enabled ? [type] : []))

/** What is on at the destination stays on. */
export async function* planEvents({ from, to }: Copy): AsyncGenerator<Item> {
  const wanted = listSwitchedOn(await readSwitches(from))
  if (wanted.length === 0) return
  const about = { kind: 'events', name: 'registry events' } as const
  const there = await readSwitches(to)
  const known = new Set(listSwitchedOn(there))
  const missing = wanted.filter((type) => !known.has(type))
  if (missing.length === 0) return yield { ...about, state: 'same' }
  const on = Object.fromEntries(missing.map((type) => [type, { Enabled: true }]))
  yield {
    ...about,
    state: 'change',
    why: `switch on ${missing.join(', ')}`,
    async carryOut() {
      const eventConfigurations = { ...there, ...on }
      await to.iot.send(new UpdateEventConfigurationsCommand({ eventConfigurations }))
    },
  }
}
