/** `npm run bench -- console`: the console in a large account, its live feed on a busy server, and what it costs others. */
import { parseArgs } from 'node:util'
import { benchFeed, benchFeedCost } from './console-feed.ts'
import { benchLists } from './console-lists.ts'
import { benchPorts } from './console-ports.ts'

const flags = {
  things: { type: 'string', default: '100000' },
  seconds: { type: 'string', default: '60' },
  /** `lists`, `feed`, `cost`, or `ports`; all when absent. */
  only: { type: 'string', default: '' },
} as const

export async function benchConsole(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  const seconds = Number(values.seconds)
  const isAsked = (name: string) => values.only === '' || values.only === name
  if (isAsked('lists')) await benchLists(Number(values.things))
  if (isAsked('feed')) await benchFeed({ entries: 500, seconds })
  if (isAsked('cost'))
    await benchFeedCost({ entries: 100, seconds: Math.ceil(seconds / 6), feeds: 10, rounds: 5 })
  if (isAsked('ports')) await benchPorts(9)
}
