/** The console's live feed: whether all of it comes, and what it costs. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { RootKey } from '../src/server/server-files.ts'
import { follow, type Followed } from '../test/console/follow.ts'
import { Visitor } from '../test/console/visitor.ts'
import type { Rate } from './console-feed-server.ts'
import { cpuOf, median } from './cpu.ts'

interface FeedServer extends AsyncDisposable {
  child: ChildProcess
  visitor: Visitor
}

async function startFeedServer(): Promise<FeedServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  const child = fork(resolve('bench/console-feed-server.ts'), [dataDir])
  const [{ apiUrl, rootKey }] = (await once(child, 'message')) as [{ apiUrl: string; rootKey: RootKey }]
  const visitor = new Visitor(apiUrl)
  await visitor.signIn(rootKey)
  return {
    child,
    visitor,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function record({ child }: FeedServer, rate: Rate): Promise<void> {
  const done = once(child, 'message')
  child.send(rate)
  await done
}

async function newestId(visitor: Visitor): Promise<number> {
  const { body } = await visitor.call({ path: '/muster/v1/journal?limit=1' })
  return (body['entries'] as { entryId: number }[]).at(-1)?.entryId ?? 0
}

const breakEveryMs = 10_000

/** 500 entries a second for a minute, with a connection that breaks every ten seconds. */
export async function benchFeed(rate: Rate): Promise<void> {
  await using server = await startFeedServer()
  const { visitor } = server
  const start = await newestId(visitor)
  const ids: number[] = []
  let isOver = false
  const recording = record(server, rate).then(() => (isOver = true))
  let breaks = 0
  const wanted = rate.entries * rate.seconds
  const until = Date.now() + (rate.seconds + 30) * 1000
  while (ids.length < wanted && Date.now() < until) {
    const feed: Followed = await follow(visitor, ids.at(-1) ?? start)
    const began = Date.now()
    while (
      ids.length + feed.ids.length < wanted &&
      (isOver || Date.now() - began < breakEveryMs) &&
      Date.now() < until
    )
      await pause(100)
    await feed[Symbol.asyncDispose]()
    ids.push(...feed.ids)
    breaks += 1
  }
  await recording
  const distinct = new Set(ids)
  const doubled = ids.length - distinct.size
  const lost = Array.from({ length: wanted }, (_, n) => start + 1 + n).filter(
    (id) => !distinct.has(id),
  ).length
  console.log(
    `${wanted} entries, ${rate.entries} a second, over ${breaks} connections: ${ids.length} came, ${lost} lost, ${doubled} doubled`,
  )
}

/** What ten readers cost the server at 100 entries a second: with them, and without, in turns. */
export async function benchFeedCost({
  feeds,
  rounds,
  ...rate
}: Rate & { feeds: number; rounds: number }): Promise<void> {
  await using server = await startFeedServer()
  const pid = server.child.pid ?? 0
  const share = async () => (await cpuOf(pid, () => record(server, rate))) / (rate.seconds * 10)
  await record(server, rate) // warm
  const costs: { with: number; without: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const without = await share()
    const open = await Promise.all(Array.from({ length: feeds }, () => follow(server.visitor)))
    costs.push({ without, with: await share() })
    for (const feed of open) await feed[Symbol.asyncDispose]()
  }
  const [alone, followed] = [
    median(costs.map((cost) => cost.without)),
    median(costs.map((cost) => cost.with)),
  ]
  console.log(
    `${rate.entries} entries a second: ${alone.toFixed(2)} % of a core alone, ${followed.toFixed(2)} % with ${feeds} feeds, ` +
      `which cost ${(followed - alone).toFixed(2)} % (goal 2)`,
  )
}
