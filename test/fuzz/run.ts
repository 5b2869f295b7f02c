/** `npm run fuzz -- packets [packets] [seed]` or `npm run fuzz -- wire [connections] [seed]` */
import { fuzzPackets } from './packets.ts'
import { fuzzWire } from './wire.ts'

const modes: Record<string, (count: number | undefined, seed: number) => Promise<void>> = {
  packets: fuzzPackets,
  wire: fuzzWire,
}

const [mode = '', count, seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
const fuzz = modes[mode]
if (fuzz) {
  await fuzz(count === undefined ? undefined : Number(count), Number(seed))
} else {
  console.error(`usage: npm run fuzz -- <${Object.keys(modes).join(' | ')}> [count] [seed]`)
  process.exitCode = 2
}
