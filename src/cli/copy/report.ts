/** What a person, or a script, is told of a copy. */
import { printable } from '../render-verdict.ts'
import type { Outcome } from './carry-out.ts'
import type { End } from './ends.ts'
import { kindNames, type Item } from './items.ts'

type Told = Pick<Item, 'kind' | 'name' | 'why'> & { state: Item['state'] | Outcome['state'] }
type State = Told['state']

/** Something of the source is not at the destination, and might be. */
const isMissing = (state: State) =>
  state === 'failed' || state === 'in-the-way' || state === 'needs-you' || state === 'unread'

/** 0 when all that can be copied is there, or would be. */
export const exitCodeOf = (items: readonly Told[]): number =>
  items.some(({ state }) => isMissing(state)) ? 1 : 0

const places = (end: End) => ({ endpoint: end.endpoint, accountId: end.accountId, region: end.region })

export interface Report {
  from: End
  to: End
  isPlan: boolean
  items: readonly Told[]
}

/** `counts` by kind and state; `items` without what is there as it should be and what went well. */
export function toJson({ from, to, isPlan, items }: Report): string {
  const isQuiet = ({ state }: Told) => state === 'same' || state === 'made' || state === 'changed'
  const listed = items.filter((item) => !isQuiet(item))
  const report = {
    plan: isPlan,
    from: places(from),
    to: places(to),
    counts: countByKind(items),
    items: listed.map(({ kind, name, state, why }) => ({ kind, name, state, why })),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

function countByKind(items: readonly Told[]): Record<string, Record<string, number>> {
  const byKind = Map.groupBy(items, ({ kind }) => kind)
  return Object.fromEntries(
    kindNames.flatMap((kind) => {
      const own = byKind.get(kind)
      if (!own) return []
      const states = Map.groupBy(own, ({ state }) => state)
      return [[kind, Object.fromEntries([...states].map(([state, all]) => [state, all.length]))]]
    }),
  )
}

const words: Readonly<Record<State, string>> = {
  same: 'there already',
  make: 'to make',
  change: 'to change',
  made: 'made',
  changed: 'changed',
  failed: 'FAILED',
  'in-the-way': 'IN THE WAY',
  'needs-you': 'NEEDS YOU',
  'left-out': 'left out',
  unread: 'NOT READ',
}

const widest = Math.max(...kindNames.map(({ length }) => length))

/** Of each kind and state; `--json` has them all. */
const maxLines = 20

export function renderReport({ from, to, isPlan, items }: Report): string {
  const heading = [describeEnd('from', from), describeEnd('to', to), '']
  const counts = Object.entries(countByKind(items)).map(([kind, states]) => {
    const texts = Object.entries(states).map(([state, count]) => `${count} ${words[state as State]}`)
    return `${kind.padEnd(widest)} ${texts.join(', ')}`
  })
  const shown = items.filter(({ state, why }) => isMissing(state) || state === 'left-out' || (isPlan && why))
  const lines = [...Map.groupBy(shown, ({ kind, state }) => `${kind} ${state}`).values()].flatMap(renderSome)
  return `${[...heading, ...counts, ...(lines.length > 0 ? ['', ...lines] : []), '', conclude(items, isPlan)].join('\n')}\n`
}

const describeEnd = (side: string, { endpoint, accountId, region }: End) =>
  `${side.padEnd(5)}${printable(endpoint)}, account ${printable(accountId)}, ${printable(region)}`

function renderSome(items: readonly Told[]): string[] {
  const lines = items
    .slice(0, maxLines)
    .map(
      ({ kind, name, state, why = '' }) =>
        `${words[state]}: ${kind} ${printable(name)}${why && `: ${printable(why)}`}`,
    )
  const more = items.length - lines.length
  return more > 0 ? [...lines, `... and ${more} more (--json lists all)`] : lines
}

function conclude(items: readonly Told[], isPlan: boolean): string {
  const count = (...states: State[]) => items.filter(({ state }) => states.includes(state)).length
  const missing = items.filter(({ state }) => isMissing(state)).length
  const steps = count('make', 'change', 'made', 'changed')
  const did = isPlan ? 'to do' : 'done'
  const first =
    steps === 0 && missing === 0 ? 'Nothing to do.' : `${steps} ${did}, ${missing} in need of somebody.`
  return isPlan && steps > 0 ? `${first} This was the plan: nothing has been done.` : first
}
