/** Things made and deleted again by mistake, many at a time, through the API. */
import { CreateThingCommand, DeleteThingCommand, ListThingsCommand } from '@aws-sdk/client-iot'
import type { ServerProcess } from '../helpers/server.ts'

const lanes = 16

export const stormNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `lamp-${String(index).padStart(5, '0')}`)

async function inLanes(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const waiting = [...names]
  const lane = async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) await work(name)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

export const createThings = ({ iot }: ServerProcess, names: readonly string[]): Promise<void> =>
  inLanes(names, (thingName) => iot.send(new CreateThingCommand({ thingName })))

export const deleteThings = ({ iot }: ServerProcess, names: readonly string[]): Promise<void> =>
  inLanes(names, (thingName) => iot.send(new DeleteThingCommand({ thingName })))

/** Names, in order. */
export async function listThings({ iot }: ServerProcess): Promise<string[]> {
  const names: string[] = []
  let nextToken: string | undefined
  do {
    const page = await iot.send(new ListThingsCommand({ maxResults: 250, nextToken }))
    names.push(...(page.things ?? []).map(({ thingName = '' }) => thingName))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return names.toSorted()
}

export const readMetrics = async ({ apiUrl }: ServerProcess['endpoints']): Promise<string> =>
  (await fetch(`${apiUrl}/metrics`)).text()

/** Epoch milliseconds: all that had been committed by then can be restored. */
export async function copiedUntil({ endpoints }: ServerProcess): Promise<number> {
  const page = await readMetrics(endpoints)
  const [, seconds] = /^muster_wal_copies_current_timestamp_seconds (\S+)$/m.exec(page) ?? []
  return Number(seconds) * 1000
}
