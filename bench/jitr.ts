/**
 * How long a device at work waits for its PUBACK while new devices storm in through one JITR function, beside before.
 * Server, functions, devices, and publisher share the machine's cores, as nothing is pinned.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { paginateListCertificates } from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { connectOperator } from '../test/helpers/device.ts'
import { openRegistration } from '../test/helpers/jitr.ts'
import { startServerProcess, type TestServer } from '../test/helpers/server.ts'
import { quantile } from './cpu.ts'
import type { Storm } from './jitr-load.ts'

const stormMs = 10_000
const publishEveryMs = 10
const payload = Buffer.alloc(128, 0x61)

/** `count` new devices show up within ten seconds. */
export async function benchJitr(count = '300'): Promise<void> {
  await using server = await startServerProcess()
  const { ca } = await openRegistration(server, {
    files: { 'index.js': readFileSync(resolve('docs/examples/activate-device-v2.js'), 'utf8') },
  })
  const devices = Array.from({ length: Number(count) }, (_, index) => {
    const { certificatePem, privateKeyPem, certificateId } = ca.issue({ subject: `CN=lamp-${index}` })
    return { certificatePem, privateKeyPem, clientId: certificateId }
  })
  const client = await connectOperator(server)
  await measure(client, () => pause(2000)) // warm
  const before = await measure(client, () => pause(stormMs))
  const start = performance.now()
  const during = await measure(client, async () => {
    await runStorm({ server, devices, durationMs: stormMs })
    await untilAllActive(server)
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  await client.endAsync()

  console.log(
    `PUBACK round trip of one client, QoS 1, ${1000 / publishEveryMs} messages a second; ` +
      `${count} new devices within ${stormMs / 1000} s, all ACTIVE after ${seconds} s\n`,
  )
  console.log('| when | messages | median ms | p99 ms | most ms |')
  console.log('|---|---|---|---|---|')
  for (const [when, times] of Object.entries({ 'before the storm': before, 'during the storm': during })) {
    const cells = [0.5, 0.99, 1].map((share) => quantile(times, share).toFixed(2))
    console.log(`| ${when} | ${times.length} | ${cells.join(' | ')} |`)
  }
  const ratio = quantile(during, 0.99) / quantile(before, 0.99)
  console.log(`\np99 during the storm is ${ratio.toFixed(1)} x that before it`)
}

/** Resolves with the milliseconds to each PUBACK while `work` is under way. Rejects when a message got none. */
async function measure(client: MqttClient, work: () => Promise<void>): Promise<number[]> {
  const waits: Promise<number>[] = []
  const timer = setInterval(() => {
    const start = performance.now()
    const wait = client.publishAsync('work/now', payload, { qos: 1 }).then(() => performance.now() - start)
    wait.catch(() => {}) // told below
    waits.push(wait)
  }, publishEveryMs)
  await work().finally(() => clearInterval(timer))
  return await Promise.all(waits)
}

async function runStorm({ server, ...storm }: Storm): Promise<void> {
  const { endpoints, rootCa } = server
  const child = fork(resolve('bench/jitr-load.ts'))
  child.send({ server: { endpoints, rootCa }, ...storm } satisfies Storm)
  const [answer] = (await once(child, 'message')) as [{ error?: string }]
  child.kill()
  if (answer.error !== undefined) throw new Error(answer.error)
}

async function untilAllActive(server: TestServer): Promise<void> {
  for (;;) {
    let waiting = 0
    for await (const { certificates = [] } of paginateListCertificates(
      { client: server.iot, pageSize: 250 },
      {},
    ))
      waiting += certificates.filter(({ status }) => status !== 'ACTIVE').length
    if (waiting === 0) return
    await pause(250)
  }
}
