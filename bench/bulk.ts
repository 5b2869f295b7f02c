/**
 * How long a bulk registration of many lines takes, what a line costs the server, and how long others wait meanwhile: a
 * caller who lists things, and one who makes some.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  CreateThingCommand,
  DescribeThingRegistrationTaskCommand,
  ListThingsCommand,
  StartThingRegistrationTaskCommand,
  type IoTClient,
} from '@aws-sdk/client-iot'
import { makeCsr } from '../test/helpers/certificates.ts'
import { createRole } from '../test/helpers/jitr.ts'
import { clientsOf } from './clients.ts'
import { cpuMs, quantile } from './cpu.ts'
import { startMuster } from './servers.ts'

const flags = {
  lines: { type: 'string', default: '100000' },
  csr: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const usage = `usage: npm run bench -- bulk [options]
  --lines N    of the input file (100000)
  --csr        each device brings a CSR: a certificate and a policy too`

const resources = (csr: boolean) => ({
  thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'ThingName' } } },
  ...(csr && {
    certificate: {
      Type: 'AWS::IoT::Certificate',
      Properties: { CertificateSigningRequest: { Ref: 'CSR' }, Status: 'ACTIVE' },
    },
    policy: {
      Type: 'AWS::IoT::Policy',
      Properties: {
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }],
        },
      },
    },
  }),
})

const templateOf = (csr: boolean) =>
  JSON.stringify({
    Parameters: { ThingName: { Type: 'String' }, ...(csr && { CSR: { Type: 'String' } }) },
    Resources: resources(csr),
  })

export async function benchBulk(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  if (values.help) return console.log(usage)
  const [count, csr] = [Number(values.lines), values.csr]
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const dataDir = join(directory, 'data')
  mkdirSync(join(dataDir, 'buckets', 'fleet'), { recursive: true })
  writeFileSync(join(dataDir, 'buckets', 'fleet', 'in.json'), linesOf(count, csr))
  const muster = stack.use(await startMuster(dataDir))
  const clients = clientsOf(muster)
  const { iot } = clients
  const roleArn = await createRole(clients, {
    name: 'bulk',
    service: 'iot.amazonaws.com',
    actions: ['iot:*', 's3:GetObject'],
  })
  const alone = await callsDuring(iot, () => pause(3000))
  const cpuBefore = cpuMs(muster.pid)
  const begun = performance.now()
  const { taskId } = await iot.send(
    new StartThingRegistrationTaskCommand({
      templateBody: templateOf(csr),
      inputFileBucket: 'fleet',
      inputFileKey: 'in.json',
      roleArn,
    }),
  )
  const beside = await callsDuring(iot, () => untilEnded(iot, taskId!))
  const seconds = (performance.now() - begun) / 1000
  const cpu = cpuMs(muster.pid) - cpuBefore
  const { status, successCount, failureCount } = await iot.send(
    new DescribeThingRegistrationTaskCommand({ taskId }),
  )
  console.log(
    `${status}: ${successCount} lines, ${failureCount} failed, ${csr ? 'with a CSR' : 'things alone'}`,
  )
  console.log(`${seconds.toFixed(1)} s, ${Math.round(count / seconds)} lines a second`)
  console.log(`${(cpu / count).toFixed(2)} ms of server CPU a line, others' calls included`)
  console.log(`database ${Math.round(statSync(join(dataDir, 'muster.db')).size / 1e6)} MB`)
  printCalls({ alone, beside })
}

function printCalls(all: Record<string, Record<string, number[]>>): void {
  console.log('\n| calls, ms | calls | median | p99 | longest |\n|---|---|---|---|---|')
  for (const [name, calls] of Object.entries(all))
    for (const [kind, times] of Object.entries(calls)) {
      const cells = [0.5, 0.99, 1].map((share) => quantile(times, share).toFixed(1))
      console.log(`| ${kind}, ${name} | ${times.length} | ${cells.join(' | ')} |`)
    }
}

function linesOf(count: number, csr: boolean): string {
  const csrs = csr ? Array.from({ length: Math.min(count, 5000) }, () => makeCsr().csrPem) : []
  const lines = Array.from({ length: count }, (_, index) => {
    const CSR = csrs[index % csrs.length]
    return `${JSON.stringify({ ThingName: `lamp-${index}`, ...(CSR !== undefined && { CSR }) })}\n`
  })
  return lines.join('')
}

async function untilEnded(iot: IoTClient, taskId: string): Promise<void> {
  for (;;) {
    await pause(200)
    const { status } = await iot.send(new DescribeThingRegistrationTaskCommand({ taskId }))
    if (status !== 'InProgress') return
  }
}

/** How long each call took: two callers who ask ten times a second. */
async function callsDuring(iot: IoTClient, work: () => Promise<void>) {
  const times = { ListThings: [] as number[], CreateThing: [] as number[] }
  let isOver = false
  let made = 0
  const stamp = Date.now()
  const caller = async (kind: keyof typeof times, call: () => Promise<unknown>) => {
    while (!isOver) {
      const begun = performance.now()
      await call()
      times[kind].push(performance.now() - begun)
      await pause(100)
    }
  }
  const callers = [
    caller('ListThings', () => iot.send(new ListThingsCommand({ maxResults: 10 }))),
    caller('CreateThing', () => iot.send(new CreateThingCommand({ thingName: `other-${stamp}-${made++}` }))),
  ]
  await work()
  isOver = true
  await Promise.all(callers)
  return times
}
