/** A child process: connects each device once over mutual TLS, waits for its CONNACK, and closes. */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { createSecureContext, connect } from 'node:tls'
import { generate } from 'mqtt-packet'

export interface DeviceLoad {
  port: number
  /** File with the root that the devices trust. */
  caFile: string
  /** File with a JSON list of `{ certificatePem, privateKeyPem, clientId }`. */
  devicesFile: string
  from: number
  to: number
  concurrency: number
  /** Devices come at this pace, however soon the ones before are answered; else one after the other in each lane. */
  perSecond?: number
  /** Key exchange groups that the devices offer. */
  groups: string
}

interface Device {
  certificatePem: string
  privateKeyPem: string
  clientId: string
}

function onboard(load: DeviceLoad, ca: Buffer, device: Device): Promise<void> {
  return new Promise((resolve, reject) => {
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
    const secureContext = createSecureContext({
      ca,
      cert: device.certificatePem,
      key: device.privateKeyPem,
      ecdhCurve: load.groups,
    })
    const socket = connect({
      host: '127.0.0.1',
      port: load.port,
      servername: 'localhost',
      secureContext,
      ecdhCurve: load.groups,
    })
    let answered = false
    socket.on('secureConnect', () => {
      const packet = {
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        keepalive: 60,
      } as const
      socket.write(generate({ ...packet, clientId: device.clientId }))
    })
    socket.on('data', (chunk) => {
      if (chunk[0] !== 0x20 || chunk[3] !== 0) reject(new Error(`no CONNACK 0: ${chunk.toString('hex')}`))
      answered = true
      socket.end(generate({ cmd: 'disconnect' }))
    })
    socket.on('error', (error) => (answered ? finish() : reject(error)))
    socket.on('close', () => (answered ? finish() : reject(new Error('closed without CONNACK'))))
    void finished.then(resolve)
  })
}

process.on('message', (load: DeviceLoad) => {
  const ca = readFileSync(load.caFile)
  const devices = (JSON.parse(readFileSync(load.devicesFile, 'utf8')) as Device[]).slice(load.from, load.to)
  const begin = performance.now()
  let started = 0
  const lanes = Array.from({ length: load.concurrency }, async () => {
    for (let device = devices.shift(); device; device = devices.shift()) {
      if (load.perSecond !== undefined)
        await pause(Math.max(0, begin + (started++ * 1000) / load.perSecond - performance.now()))
      await onboard(load, ca, device)
    }
  })
  Promise.all(lanes).then(
    () => process.send?.({ done: true }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
