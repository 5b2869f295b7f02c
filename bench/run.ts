/** `npm run bench -- <name>` */
import { benchJitp } from './jitp.ts'

const benchmarks: Record<string, () => Promise<void>> = { jitp: benchJitp }

const name = process.argv[2] ?? ''
const benchmark = benchmarks[name]
if (benchmark) {
  await benchmark()
} else {
  console.error(`usage: npm run bench -- <${Object.keys(benchmarks).join(' | ')}>`)
  process.exitCode = 2
}
