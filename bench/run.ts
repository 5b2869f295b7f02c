/** `npm run bench -- <name> [...arguments of it]` */
import { benchApi } from './api.ts'
import { benchAuthorizers } from './authorizers.ts'
import { benchBulk } from './bulk.ts'
import { benchClaims } from './claims.ts'
import { benchCluster } from './cluster.ts'
import { benchConnect } from './connect.ts'
import { benchConsole } from './console.ts'
import { benchCopy } from './copy.ts'
import { benchDisk } from './disk.ts'
import { benchGrowth } from './growth.ts'
import { benchJitp } from './jitp.ts'
import { benchJitr } from './jitr.ts'
import { benchMessages } from './messages.ts'

const benchmarks: Record<string, (...args: string[]) => Promise<void>> = {
  api: benchApi,
  authorizers: benchAuthorizers,
  bulk: benchBulk,
  claims: benchClaims,
  cluster: benchCluster,
  connect: benchConnect,
  console: benchConsole,
  copy: benchCopy,
  disk: benchDisk,
  growth: benchGrowth,
  jitp: benchJitp,
  jitr: benchJitr,
  messages: benchMessages,
}

const [name = '', ...args] = process.argv.slice(2)
const benchmark = benchmarks[name]
if (benchmark) {
  await benchmark(...args)
} else {
  console.error(`usage: npm run bench -- <${Object.keys(benchmarks).join(' | ')}>`)
  process.exitCode = 2
}
