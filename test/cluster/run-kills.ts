/** Kills nodes for as long as one likes: `npm run kills -- 50`. */
import { runKillLoop } from './kill-loop.ts'

const kills = Number(process.argv[2] ?? 20)
const say = (text: string) => void process.stdout.write(`${text}\n`)
const outcome = await runKillLoop({ kills, subscribers: 20, publishers: 5, say })
const { missing, outOfOrder, ...others } = outcome
say(
  JSON.stringify(
    { ...others, missing: missing.slice(0, 20), outOfOrder: outOfOrder.slice(0, 20) },
    undefined,
    2,
  ),
)
process.exitCode = missing.length + outOfOrder.length + outcome.absentSessions === 0 ? 0 : 1
