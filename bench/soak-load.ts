/** Everything devices and operators do all day, at a steady pace until it is told to stop. */
import { request, Agent } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteCertificateCommand,
  DeletePolicyVersionCommand,
  DeleteThingCommand,
  DetachThingPrincipalCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import type { BenchFleet, FleetDevice } from './fleet.ts'
import {
  connectRaw,
  publishTemplate,
  type MqttVersion,
  type RawClient,
  type RawTarget,
} from './raw-client.ts'

export interface SoakDeps {
  fleet: BenchFleet
  target: RawTarget
  httpsPort: number
  accountId: string
}

/** What has happened so far, by name. */
export class Tally {
  readonly counts = new Map<string, number>()

  add(what: string, count = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count)
  }

  get(what: string): number {
    return this.counts.get(what) ?? 0
  }
}

interface Shift extends SoakDeps {
  tally: Tally
  signal: AbortSignal
  /** Devices that nobody else uses. */
  take: (count: number) => FleetDevice[]
}

type Work = (shift: Shift) => Promise<void>

/** Repeats `step` until the shift ends; what goes wrong is counted by its text. */
async function repeat({ signal, tally }: Shift, everyMs: number, step: (round: number) => Promise<void>) {
  for (let round = 0; !signal.aborted; round += 1) {
    const next = pause(everyMs)
    await step(round).catch((error: unknown) => tally.add(`failed: ${String(error).slice(0, 200)}`))
    await next
  }
}

/** Connects the receivers of a topic and one publisher of QoS `qos`, a burst every 200 ms. */
async function stream(
  shift: Shift,
  options: {
    name: string
    qos: 0 | 1
    receivers: number
    filter?: string
    burst: number
    version?: MqttVersion
  },
): Promise<void> {
  const { tally, target } = shift
  const { name, qos, receivers, burst, version = 4 } = options
  const topic = `bench/${name}`
  const [sender, ...others] = shift.take(receivers + 1)
  const clients: RawClient[] = []
  for (const device of others) {
    const receiver = await connectRaw(target, device, { version })
    receiver.onDeliveries = (count) => tally.add(`${name} delivered`, count)
    await receiver.subscribe(options.filter ?? topic, qos)
    clients.push(receiver)
  }
  const publisher = await connectRaw(target, sender!, { version })
  clients.push(publisher)
  for (const client of clients)
    client.onClosed = () => !shift.signal.aborted && tally.add(`failed: ${name} lost a connection`)
  const template = publishTemplate(topic, { qos, version, payloadBytes: 100 })
  const copies = options.filter === undefined ? receivers : 1
  await repeat(shift, 200, async () => {
    publisher.publish(template, burst, false)
    tally.add(`${name} expected`, burst * copies)
  })
  await pause(1000)
  await Promise.all(clients.map((client) => client.end()))
}

const pairs: Work = async (shift) => {
  const some = Array.from({ length: 10 }, (_, index) => [
    stream(shift, { name: `pair-${index}/qos0`, qos: 0, receivers: 1, burst: 10 }),
    stream(shift, {
      name: `pair-${index}/qos1`,
      qos: 1,
      receivers: 1,
      burst: 10,
      version: index % 2 ? 5 : 4,
    }),
  ])
  await Promise.all(some.flat())
}

const fanOut: Work = async (shift) => {
  await Promise.all([
    stream(shift, { name: 'all/qos0', qos: 0, receivers: 25, burst: 4 }),
    stream(shift, { name: 'all/qos1', qos: 1, receivers: 25, burst: 4, version: 5 }),
  ])
}

const shared: Work = (shift) =>
  stream(shift, { name: 'jobs', qos: 1, receivers: 4, filter: '$share/crew/bench/jobs', burst: 10 })

/** Devices that sleep: what came meanwhile waits for them. */
const sleepers: Work = async (shift) => {
  const { tally, target } = shift
  const [sender, ...devices] = shift.take(11)
  const publisher = await connectRaw(target, sender!)
  const template = publishTemplate('bench/sleep', { qos: 1, version: 4, payloadBytes: 100 })
  const wake = async (device: FleetDevice) => {
    const onDeliveries = (count: number) => tally.add('sleepers delivered', count)
    const client = await connectRaw(target, device, { isPersistent: true, onDeliveries })
    await client.subscribe('bench/sleep', 1)
    await pause(300)
    await client.end()
  }
  for (const device of devices) await wake(device)
  const publishing = repeat(shift, 500, async () => {
    publisher.publish(template, 1, false)
    tally.add('sleepers expected', devices.length)
  })
  await repeat(shift, 100, (round) => wake(devices[round % devices.length]!))
  await publishing
  await pause(500)
  for (const device of devices) await wake(device)
  await publisher.end()
}

/** Devices that come and go, every other one without taking its leave. */
const passersBy: Work = async (shift) => {
  const devices = shift.take(20)
  const template = publishTemplate('bench/hello', { qos: 1, version: 5, payloadBytes: 100 })
  await repeat(shift, 50, async (round) => {
    const client = await connectRaw(shift.target, devices[round % devices.length]!, { version: 5 })
    client.publish(template, 1, false)
    if (round % 2 === 0) await client.end()
    else client.socket.destroy()
    shift.tally.add('reconnects')
  })
}

/** Devices that are provisioned when they first show up, and scrapped soon after, so that the registry stays as it is. */
const newDevices: Work = (shift) =>
  repeat(shift, 500, async (round) => {
    const { iot, makeDevice } = shift.fleet
    const thingName = `new-${round}`
    const device = makeDevice(thingName)
    const { certificateId } = device
    await (await connectRaw(shift.target, device)).end()
    shift.tally.add('devices provisioned')
    const principal = certificateArn(shift.accountId, device)
    await iot.send(new DetachThingPrincipalCommand({ thingName, principal }))
    await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }))
    await iot.send(new DeleteCertificateCommand({ certificateId, forceDelete: true }))
    await iot.send(new DeleteThingCommand({ thingName }))
  })

const certificateArn = (accountId: string, { certificateId }: FleetDevice) =>
  `arn:aws:iot:us-east-1:${accountId}:cert/${certificateId}`

const policyChanges: Work = async (shift) => {
  const { iot, devices } = shift.fleet
  const policyName = 'soak'
  const documentOf = (round: number) => {
    const Resource = `arn:aws:iot:*:*:topic/bench/round-${round}`
    return JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iot:Publish', Resource }],
    })
  }
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument: documentOf(0) }))
  for (const device of devices) {
    const target = certificateArn(shift.accountId, device)
    await iot.send(new AttachPolicyCommand({ policyName, target }))
  }
  let previous = '1'
  await repeat(shift, 2000, async (round) => {
    const version = { policyName, policyDocument: documentOf(round), setAsDefault: true }
    const { policyVersionId } = await iot.send(new CreatePolicyVersionCommand(version))
    await iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId: previous }))
    previous = policyVersionId!
    shift.tally.add('policy changes')
  })
}

const httpsPublishing: Work = async (shift) => {
  const [device] = shift.take(1)
  const { certificatePem: cert, privateKeyPem: key } = device!
  const agent = new Agent({ keepAlive: true, maxSockets: 2 })
  const { port: _mqtt, ca } = shift.target
  const path = `/topics/${encodeURIComponent('bench/https')}?qos=1`
  const options = { host: 'localhost', port: shift.httpsPort, method: 'POST', path, ca, cert, key, agent }
  await repeat(shift, 100, async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(options, (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode))
      })
      sent.on('error', reject)
      sent.end('hello')
    })
    if (status !== 200) throw new Error(`HTTPS publish answered ${status}`)
    shift.tally.add('HTTPS publishes')
  })
  agent.destroy()
}

const works: readonly Work[] = [
  pairs,
  fanOut,
  shared,
  sleepers,
  passersBy,
  newDevices,
  policyChanges,
  httpsPublishing,
]

export const devicesNeeded = 200

/** Resolves when the signal has come and everybody is home. */
export async function runSoak(deps: SoakDeps, tally: Tally, signal: AbortSignal): Promise<void> {
  for (const device of deps.fleet.devices) await (await connectRaw(deps.target, device)).end() // they are enrolled
  let taken = 0
  const take = (count: number) => {
    taken += count
    if (taken > deps.fleet.devices.length) throw new Error('there are too few devices')
    return deps.fleet.devices.slice(taken - count, taken)
  }
  const shift = { ...deps, tally, signal, take }
  const atWork = works.map((work) =>
    work(shift).catch((cause: unknown) => {
      throw new Error(`${work.name} could not go on`, { cause })
    }),
  )
  await Promise.all(atWork)
}
