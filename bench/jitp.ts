/**
 * Server CPU of onboarding a brand-new device (handshake, template, durable commit, CONNACK) beside what
 * Mosquitto and a bare Node TLS server spend on a mutual-TLS connect of a known client, in one run. By default 32
 * devices connect at a time, to each server alike: a storm of new devices is what is asked about.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../test/helpers/jitp.ts'
import { clientsOf } from './clients.ts'
import { cpuOf, median } from './cpu.ts'
import {
  runDeviceLoad,
  startBareNode,
  startMosquitto,
  startMuster,
  writeServerIdentity,
  type MeasuredServer,
} from './servers.ts'

const rounds = 5
const devicesARound = 1000
const warmUp = 2000
const groups = 'X25519' // what Debian's Mosquitto and its clients agree on

/** `devices` connect at a time, the same for every server. */
export async function benchJitp(devices = '32'): Promise<void> {
  const concurrency = Number(devices)
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  await using muster = await startMuster(join(directory, 'data'))
  const api = clientsOf(muster)
  const roleArn = await createProvisioningRole(api)
  const ca = await registerCa(api, { registrationConfig: { roleArn, templateBody: provisioningTemplate() } })

  const total = warmUp + rounds * devicesARound
  const identities = Array.from({ length: total }, (_, index) => {
    const clientId = `lamp-${index}`
    return {
      clientId,
      ...ca.issue({
        subject: [
          ['C', 'NL'],
          ['CN', clientId],
        ],
      }),
      key: undefined,
      der: undefined,
    }
  })
  const devicesFile = join(directory, 'devices.json')
  writeFileSync(devicesFile, JSON.stringify(identities))

  const identity = writeServerIdentity(directory)
  await using mosquitto = await startMosquitto(directory, identity, ca)
  await using bare = await startBareNode(identity)

  const measure = async (server: MeasuredServer, from: number, to: number) => {
    const { pid, port, caFile } = server
    const load = { port, caFile, devicesFile, from, to, concurrency, groups }
    return (await cpuOf(pid, () => runDeviceLoad(load))) / (to - from)
  }
  const rows: Record<string, { server: MeasuredServer; perDevice: number[] }> = {
    'Mosquitto, mutual-TLS connect of a known client': { server: mosquitto, perDevice: [] },
    'bare Node, mutual-TLS accept and CONNACK': { server: bare, perDevice: [] },
    'Muster, JITP of a brand-new device': { server: muster, perDevice: [] },
    'Muster, reconnect of a provisioned device': { server: muster, perDevice: [] },
  }
  for (const { server } of new Set(Object.values(rows))) await measure(server, 0, warmUp)
  for (let round = 0; round < rounds; round += 1) {
    const from = warmUp + round * devicesARound
    for (const row of Object.values(rows))
      row.perDevice.push(await measure(row.server, from, from + devicesARound))
  }
  print(rows, concurrency)
  rmSync(directory, { recursive: true, force: true })
}

function print(rows: Record<string, { perDevice: number[] }>, concurrency: number): void {
  const mosquitto = median(Object.values(rows)[0]?.perDevice ?? [])
  const bare = median(Object.values(rows)[1]?.perDevice ?? [])
  console.log(
    `Server CPU a device, median of ${rounds} rounds of ${devicesARound} devices, ${concurrency} at a time, ${groups}\n`,
  )
  console.log('| what | CPU ms | x Mosquitto | x bare Node |')
  console.log('|---|---|---|---|')
  for (const [name, { perDevice }] of Object.entries(rows)) {
    const ms = median(perDevice)
    console.log(`| ${name} | ${ms.toFixed(2)} | ${(ms / mosquitto).toFixed(2)} | ${(ms / bare).toFixed(2)} |`)
  }
}
