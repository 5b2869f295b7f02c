/** What the console's being there costs those who do not use it: two servers, one with it and one without, in turns. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiLoad } from './api-load.ts'
import { cpuOf, median, wholeCpuMs } from './cpu.ts'
import { makeFleet } from './fleet.ts'
import { runDeviceLoad, runLoad, startMuster, type MeasuredMuster } from './servers.ts'

interface Measured {
  server: MeasuredMuster
  devicesFile: string
  /** Milliseconds of CPU, a round each. */
  connects: number[]
  calls: number[]
}

const modes = ['on', 'off'] as const
const devices = 300
const callsARound = 1000
const concurrency = 32
const groups = 'X25519'

/** Prints CPU of a connect of a known device and of an API call, with the console on over off. */
export async function benchPorts(rounds: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const measured: Measured[] = []
  for (const mode of modes) measured.push(await prepare(join(directory, mode), mode, stack))
  for (let round = 0; round <= rounds; round += 1) {
    for (const one of round % 2 === 0 ? measured : measured.toReversed()) {
      const connect = (await cpuOf(one.server.pid, () => connectAll(one))) / devices
      const call = (await cpuOf(one.server.pid, () => callOften(one, round), wholeCpuMs)) / callsARound
      if (round === 0) continue // to warm up
      one.connects.push(connect)
      one.calls.push(call)
    }
  }
  console.log(`| server CPU, median of ${rounds} rounds | console on | off | on / off |\n|---|---|---|---|`)
  for (const [name, of] of [
    ['ms a connect', 'connects'],
    ['ms a CreateThing', 'calls'],
  ] as const) {
    const [on = 0, off = 0] = measured.map((one) => median(one[of]))
    console.log(`| ${name} | ${on.toFixed(3)} | ${off.toFixed(3)} | ${(on / off).toFixed(2)} |`)
  }
}

async function prepare(
  directory: string,
  mode: (typeof modes)[number],
  stack: AsyncDisposableStack,
): Promise<Measured> {
  mkdirSync(directory)
  const server = stack.use(
    await startMuster(join(directory, 'data'), { flags: ['--log-level', 'error', '--console', mode] }),
  )
  const { devicesFile } = await makeFleet(server, directory, devices)
  const measured = { server, devicesFile, connects: [], calls: [] }
  await connectAll(measured) // so that all are provisioned
  return measured
}

function connectAll({ server: { port, caFile }, devicesFile }: Measured): Promise<void> {
  return runDeviceLoad({ port, caFile, devicesFile, from: 0, to: devices, concurrency, groups })
}

function callOften({ server: { endpoints, rootKey } }: Measured, round: number): Promise<void> {
  const { apiUrl, region } = endpoints
  const things = Array.from({ length: callsARound }, (_, at) => `/things/meter-${round}-${at}`)
  const calls = things.map((path) => ({ method: 'POST', path, body: '{}' }))
  const port = Number(new URL(apiUrl).port)
  return runLoad('api-load', { port, region, ...rootKey, calls, concurrency } satisfies ApiLoad)
}
