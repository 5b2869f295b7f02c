/**
 * Cuts nodes off from what they need, and from each other, and prints what came of it: `npm run partitions`. It takes some
 * minutes, and root, for network namespaces; all that it makes is in them and goes with them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { userInfo } from 'node:os'
import { fileURLToPath } from 'node:url'
import { isClusterAbsent } from '../helpers/cluster.ts'
import { isOnPath } from '../helpers/programs.ts'
import { nodeNames } from './kill-loop.ts'
import { makeNetworks } from './partitions/networks.ts'
import { openPlace } from './partitions/place.ts'
import { tryAll } from './partitions/scenarios.ts'

/** Set in the namespace that all share: how the names of namespaces begin. */
const prefixVariable = 'MUSTER_PARTITIONS'

const say = (text: string) => void process.stdout.write(`${text}\n`)

function whyNot(): string | undefined {
  if (process.platform !== 'linux' || userInfo().uid !== 0) return 'network namespaces need root, on Linux'
  if (!isOnPath('ip')) return 'ip is not on this machine (Debian: iproute2)'
  return isClusterAbsent() ? 'see above' : undefined
}

/** This program again, in a namespace of its own. */
async function runWithin(): Promise<number> {
  const prefix = `muster-${process.pid}`
  using networks = makeNetworks(prefix, nodeNames)
  const args = ['netns', 'exec', networks.hub, process.execPath, fileURLToPath(import.meta.url)]
  const child = spawn('ip', args, { stdio: 'inherit', env: { ...process.env, [prefixVariable]: prefix } })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill('SIGKILL'))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

async function runAll(prefix: string): Promise<number> {
  await using place = await openPlace(prefix)
  let faulty = 0
  for await (const { what, figures, faults } of tryAll(place)) {
    const told = Object.entries(figures).map(
      ([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value) : value}`,
    )
    say(`${faults.length === 0 ? 'ok    ' : 'FAULT '} ${what}: ${told.join(', ')}`)
    for (const fault of faults) say(`        ${fault}`)
    if (faults.length > 0) faulty++
  }
  return faulty === 0 ? 0 : 1
}

const prefix = process.env[prefixVariable]
const reason = prefix === undefined ? whyNot() : undefined
if (reason !== undefined) say(`partitions are not tried: ${reason}`)
else process.exitCode = prefix === undefined ? await runWithin() : await runAll(prefix)
