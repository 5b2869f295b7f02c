/**
 * Server CPU of API calls beside moto and ministack, in one run. Neither keeps anything on a disk nor checks who calls; they
 * are what people use otherwise.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeCa, makeKey } from '../test/helpers/certificates.ts'
import { isOnPath } from '../test/helpers/programs.ts'
import type { ApiCall, ApiLoad } from './api-load.ts'
import { cpuOf, median, wholeCpuMs } from './cpu.ts'
import { profileLines, type CpuProfile } from './profile-lines.ts'
import { runLoad, startMuster, startPeer, type MeasuredServer } from './servers.ts'

const flags = {
  moto: { type: 'string', default: 'moto_server -H 127.0.0.1 -p {port}' },
  ministack: { type: 'string' },
  calls: { type: 'string', default: '1000' },
  only: { type: 'string' },
  rounds: { type: 'string', default: '3' },
  profile: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const usage = `usage: npm run bench -- api [options]
  --moto COMMAND       starts moto's server; {port} is where it shall listen (moto_server -H 127.0.0.1 -p {port})
  --ministack COMMAND  starts ministack's, the same way; GATEWAY_PORT is set to the port, too (none)
  --calls N            of each operation a round (1000)
  --only NAME          one operation
  --rounds N           of which the median counts (3)
  --profile DIR        write a CPU profile of Muster there, and print where its time went`

interface Peer {
  name: string
  server: MeasuredServer
  target: Omit<ApiLoad, 'calls' | 'concurrency'>
}

/** The calls of one round; `mark` sets a round's names apart from all others. */
type Operation = (mark: string, count: number) => ApiCall[]

const repeat = (count: number, call: (index: number) => ApiCall) =>
  Array.from({ length: count }, (_, index) => call(index))

function operations(): Record<string, Operation> {
  const ca = makeCa()
  const key = makeKey('P-256')
  return {
    CreateThing: (mark, count) =>
      repeat(count, (index) => ({ method: 'POST', path: `/things/${mark}-${index}`, body: '{}' })),
    DescribeThing: (_, count) =>
      repeat(count, (index) => ({ method: 'GET', path: `/things/shelf-${index % 250}` })),
    'ListThings of 250': (_, count) =>
      repeat(Math.ceil(count / 10), () => ({ method: 'GET', path: '/things?maxResults=250' })),
    RegisterCertificateWithoutCA: (mark, count) =>
      repeat(count, (index) => {
        const { certificatePem } = ca.issue({ subject: `CN=${mark}-${index}`, key })
        const body = JSON.stringify({ certificatePem, status: 'ACTIVE' })
        return { method: 'POST', path: '/certificate/register-no-ca', body }
      }),
    'CreateKeysAndCertificate, one in ten': (_, count) =>
      repeat(Math.ceil(count / 10), () => ({
        method: 'POST',
        path: '/keys-and-certificate?setAsActive=true',
        body: '',
      })),
  }
}

export async function benchApi(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  if (values.help) return console.log(usage)
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  try {
    await using stack = new AsyncDisposableStack()
    const peers = await startPeers(directory, values, stack)
    const [calls, rounds] = [Number(values.calls), Number(values.rounds)]
    console.log(`Server CPU in milliseconds a call, the median of ${rounds} rounds of ${calls} calls\n`)
    const names = peers.map(({ name }) => name)
    console.log(
      `| operation | in flight | ${names.join(' | ')} | ${names
        .slice(1)
        .map((name) => `${name} / Muster | `)
        .join('')}`,
    )
    console.log(
      `|---|---|${names.map(() => '---|').join('')}${names
        .slice(1)
        .map(() => '---|')
        .join('')}`,
    )
    for (const concurrency of [32, 1])
      await measureAll(peers, { calls, rounds, concurrency, only: values.only })
  } finally {
    if (values.profile !== undefined) printProfile(values.profile)
    rmSync(directory, { recursive: true, force: true })
  }
}

async function startPeers(
  directory: string,
  {
    moto,
    ministack,
    profile,
  }: { moto: string; ministack?: string | undefined; profile?: string | undefined },
  stack: AsyncDisposableStack,
): Promise<Peer[]> {
  const nodeFlags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]
  const muster = stack.use(
    await startMuster(join(directory, 'data'), { flags: ['--log-level', 'error'], nodeFlags }),
  )
  const { apiUrl, region } = muster.endpoints
  const peers: Peer[] = [
    {
      name: 'Muster',
      server: muster,
      target: { port: Number(new URL(apiUrl).port), region, ...muster.rootKey },
    },
  ]
  for (const [name, command] of Object.entries({ moto, ministack })) {
    if (command === undefined) continue
    if (!isOnPath(command.split(' ')[0] ?? '')) {
      console.log(`${name} is skipped: ${command.split(' ')[0]} is not on PATH\n`)
      continue
    }
    const server = stack.use(await startPeer(command))
    const target = { port: server.port, region: 'us-east-1', accessKeyId: 'test', secretAccessKey: 'test' }
    peers.push({ name, server, target })
  }
  return peers
}

interface MeasureOptions {
  calls: number
  rounds: number
  concurrency: number
  only: string | undefined
}

async function measureAll(
  peers: readonly Peer[],
  { calls, rounds, concurrency, only }: MeasureOptions,
): Promise<void> {
  const times = new Map<string, number[]>()
  const shelf = repeat(250, (index) => ({ method: 'POST', path: `/things/shelf-${index}`, body: '{}' }))
  for (const { target } of peers)
    await runLoad('api-load', { ...target, calls: shelf, concurrency } satisfies ApiLoad)
  const offered = Object.fromEntries(
    Object.entries(operations()).filter(([name]) => only === undefined || name === only),
  )
  for (let round = -1; round < rounds; round++) {
    for (const [operation, make] of Object.entries(offered)) {
      const made = make(`${concurrency}-${round}`, calls)
      for (const { name, server, target } of peers) {
        const load: ApiLoad = { ...target, calls: made, concurrency }
        const ms = (await cpuOf(server.pid, () => runLoad('api-load', load), wholeCpuMs)) / made.length
        if (round < 0) continue // to warm up
        const key = `${operation} ${name}`
        times.set(key, [...(times.get(key) ?? []), ms])
      }
    }
  }
  for (const operation of Object.keys(offered)) {
    const [muster = 0, ...others] = peers.map(({ name }) => median(times.get(`${operation} ${name}`) ?? []))
    const cells = [muster, ...others].map((ms) => ms.toFixed(2))
    const ratios = others.map((ms) => (ms / muster).toFixed(1))
    console.log(`| ${[operation, concurrency, ...cells, ...ratios].join(' | ')} |`)
  }
}

function printProfile(directory: string): void {
  const files = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'))
  const profiles = files.map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile)
  const [profile] = profiles.toSorted((a, b) => b.nodes.length - a.nodes.length) // the others are of short threads
  if (!profile) return
  console.log('\n| where Muster spent its time | share |\n|---|---|')
  for (const [line, share] of profileLines(profile))
    console.log(`| ${line} | ${(share * 100).toFixed(1)} % |`)
}
