/**
 * What a custom authorizer costs the server beside a certificate: a publish over HTTPS by an answer that is kept, and a
 * connect over MQTT, which runs the function. The function's own processes are not counted.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { answerOf, createAuthorizer, createGate, login, naming } from '../test/helpers/authorizers.ts'
import { connectDevice } from '../test/helpers/device.ts'
import type { TestServer } from '../test/helpers/server.ts'
import { clientsOf } from './clients.ts'
import { cpuOf, median } from './cpu.ts'
import { makeFleet, type FleetDevice } from './fleet.ts'
import { startMuster, type MeasuredMuster } from './servers.ts'

const flags = {
  rounds: { type: 'string', default: '5' },
  requests: { type: 'string', default: '2000' },
  connects: { type: 'string', default: '100' },
  help: { type: 'boolean', default: false },
} as const

const usage = `usage: npm run bench -- authorizers [options]
  --rounds N    of each way in turn, of which the median counts (5)
  --requests N  over HTTPS a round, on one connection (2000)
  --connects N  over MQTT a round, one after the other (100)`

const quiet = ['--log-level', 'error']

export async function benchAuthorizers(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  if (values.help) return console.log(usage)
  const [rounds, requests, connects] = [values.rounds, values.requests, values.connects].map(Number) as [
    number,
    number,
    number,
  ]
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const muster = stack.use(await startMuster(join(directory, 'data'), { flags: quiet }))
  const server = { ...clientsOf(muster), rootCa: readFileSync(muster.caFile, 'utf8') }
  const { devices } = await makeFleet(muster, directory, 1)
  const device = devices[0]!
  await createGate(server)
  await createAuthorizer(server, 'gate', { signingDisabled: true, enableCachingForHttp: true })
  const shown = {
    'x-amz-customauthorizer-name': 'gate',
    'x-answer': Buffer.from(answerOf()).toString('base64'),
  }
  const byCertificate = { cert: device.certificatePem, key: device.privateKeyPem }
  await (await connectDevice(server, device)).endAsync() // so that it is provisioned
  await compare(muster, `a publish over HTTPS, ${requests} on one connection`, rounds, requests, {
    certificate: () => publish(server, requests, byCertificate, {}),
    'custom authorizer, its answer kept': () => publish(server, requests, {}, shown),
  })
  await compare(muster, `a connect over MQTT, ${connects} one after the other`, rounds, connects, {
    certificate: () => connect(connects, () => connectDevice(server, device)),
    'custom authorizer, its function run': () => connect(connects, () => comeBy(server, device)),
  })
}

type Ways = Record<string, () => Promise<void>>

async function compare({ pid }: MeasuredMuster, title: string, rounds: number, count: number, ways: Ways) {
  const results = new Map<string, number[]>()
  for (let round = 0; round <= rounds; round += 1)
    for (const [name, work] of Object.entries(ways)) {
      const ms = (await cpuOf(pid, work)) / count
      if (round > 0) results.set(name, [...(results.get(name) ?? []), ms]) // the first warms up
    }
  const [base = 0] = [...results.values()].map(median)
  console.log(
    `Server CPU of ${title}, median of ${rounds} rounds\n\n| by | CPU ms | x certificate |\n|---|---|---|`,
  )
  for (const [name, values] of results)
    console.log(`| ${name} | ${median(values).toFixed(3)} | ${(median(values) / base).toFixed(2)} |`)
  console.log()
}

async function publish(
  { endpoints, rootCa: ca }: TestServer,
  count: number,
  identity: { cert?: string; key?: string },
  headers: Record<string, string>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, servername: endpoints.endpoint, ...identity })
  for (let done = 0; done < count; done += 1) {
    const status = await new Promise<number>((resolve, reject) => {
      const where = { host: '127.0.0.1', port: endpoints.httpsPort, path: '/topics/bench/a?qos=1' }
      request({ ...where, method: 'POST', agent, headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode!))
      })
        .once('error', reject)
        .end('x')
    })
    if (status !== 200) throw new Error(`a publish was answered ${status}`)
  }
  agent.destroy()
}

async function connect(count: number, open: () => ReturnType<typeof connectDevice>): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const client = await open()
    await client.endAsync()
  }
}

const comeBy = (server: TestServer, { clientId }: FleetDevice) =>
  login(server, { clientId, username: naming('gate'), password: answerOf() })
