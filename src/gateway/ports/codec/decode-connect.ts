/** CONNECT. Sources: MQTT 3.1.1 3.1; MQTT 5.0 3.1. */
import type { MessageProperties } from '../../../fabric/in-process/index.ts'
import type { Frame } from './frames.ts'
import { PacketFault } from './packet-fault.ts'
import { PacketReader } from './packet-reader.ts'
import type { ConnectPacket, ConnectProperties, ProtocolVersion, WillMessage } from './packets.ts'
import type { Properties } from './properties.ts'
import { readProperties } from './read-properties.ts'

const flag = { reserved: 0x01, clean: 0x02, will: 0x04, willRetain: 0x20, password: 0x40, username: 0x80 }
const willQosAndRetain = 0x38

const noProperties: ConnectProperties = Object.freeze({})

/** @throws {PacketFault} */
export function decodeConnect(frame: Frame): ConnectPacket {
  if (frame.header !== 0x10) throw new PacketFault('malformed-packet', 'CONNECT has flags in its header')
  const reader = new PacketReader(frame)
  const version = readVersion(reader)
  try {
    return readConnect(reader, version)
  } catch (cause) {
    if (cause instanceof PacketFault) cause.version = version
    throw cause
  }
}

function readConnect(reader: PacketReader, version: ProtocolVersion): ConnectPacket {
  const flags = readFlags(reader, version)
  const keepAliveSeconds = reader.uint16()
  const properties: ConnectProperties =
    version === 5 ? (readProperties(reader, 'connect') as ConnectProperties) : noProperties
  checkAuthentication(properties)
  const clientId = reader.text('client id')
  const will = (flags & flag.will) === 0 ? undefined : readWill(reader, version, flags)
  const username = (flags & flag.username) === 0 ? undefined : reader.text('user name')
  const password = (flags & flag.password) === 0 ? undefined : reader.bytes()
  reader.finish()
  return {
    type: 'connect',
    version,
    clientId,
    isClean: (flags & flag.clean) !== 0,
    keepAliveSeconds,
    ...(username !== undefined && { username }),
    ...(password && { password }),
    ...(will && { will }),
    properties,
  }
}

function readVersion(reader: PacketReader): ProtocolVersion {
  const name = reader.bytes().toString('latin1')
  if (name !== 'MQTT' && name !== 'MQIsdp')
    throw new PacketFault('malformed-packet', 'CONNECT does not begin with the protocol name MQTT') // [MQTT-3.1.2-1]
  const level = reader.uint8()
  if (name === 'MQTT' && (level === 4 || level === 5)) return level
  const text = `the protocol is ${name} level ${level}; MQTT 3.1.1 (level 4) and MQTT 5 are offered`
  throw new PacketFault('protocol-version-unsupported', text) // [MQTT-3.1.2-2]
}

function readFlags(reader: PacketReader, version: ProtocolVersion): number {
  const flags = reader.uint8()
  const fault = findFlagFault(flags, version)
  if (fault) throw new PacketFault('malformed-packet', fault)
  return flags
}

function findFlagFault(flags: number, version: ProtocolVersion): string | undefined {
  if ((flags & flag.reserved) !== 0) return 'the reserved flag of CONNECT is set' // [MQTT-3.1.2-3]
  if ((flags & flag.will) === 0 && (flags & willQosAndRetain) !== 0)
    return 'CONNECT has a QoS or retain flag for no will' // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
  if ((flags & 0x18) === 0x18) return 'both QoS bits of the will are set' // [MQTT-3.1.2-12]
  const isPasswordAlone = (flags & flag.password) !== 0 && (flags & flag.username) === 0
  return isPasswordAlone && version === 4 ? 'CONNECT has a password without a user name' : undefined // [MQTT-3.1.2-22]
}

function checkAuthentication({ authenticationMethod, authenticationData }: ConnectProperties): void {
  if (authenticationData && authenticationMethod === undefined)
    throw new PacketFault('protocol-error', 'authentication data without a method') // 3.1.2.11.10
}

function readWill(reader: PacketReader, version: ProtocolVersion, flags: number): WillMessage {
  const { willDelayInterval, ...properties }: Properties = version === 5 ? readProperties(reader, 'will') : {}
  const topic = reader.text('will topic')
  const payload = reader.bytes()
  return {
    topic,
    payload,
    qos: ((flags >> 3) & 3) as 0 | 1 | 2,
    retain: (flags & flag.willRetain) !== 0,
    ...(willDelayInterval !== undefined && { delaySeconds: willDelayInterval }),
    ...(Object.keys(properties).length > 0 && { properties: properties as MessageProperties }),
  }
}
