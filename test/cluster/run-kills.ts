/** Kills nodes, or PostgreSQL, for as long as one likes: `npm run kills -- 50`, `npm run kills -- 50 postgres`. */
import { openCluster } from '../helpers/cluster.ts'
import { killPostgres, runKillLoop } from './kill-loop.ts'

const kills = Number(process.argv[2] ?? 20)
const say = (text: string) => void process.stdout.write(`${text}\n`)
await using cluster = await openCluster()
const outcome = await runKillLoop({
  cluster,
  ...(process.argv[3] === 'postgres' && { disturb: () => killPostgres(cluster) }),
  kills,
  subscribers: 20,
  publishers: 5,
  say,
})
const { missing, outOfOrder, ...others } = outcome
say(
  JSON.stringify(
    { ...others, missing: missing.slice(0, 20), outOfOrder: outOfOrder.slice(0, 20) },
    undefined,
    2,
  ),
)
process.exitCode = missing.length + outOfOrder.length + outcome.absentSessions === 0 ? 0 : 1
