import { parser as createParser, type Packet } from 'mqtt-packet'
import { PacketFault } from './packet-fault.ts'
import type { Frame } from './frames.ts'
import type { ProtocolVersion } from './packets.ts'

/** MQTT 5.0 2.2.2.2 table 2-4: which properties a client may send in which packet. */
const allowedProperties: Partial<Record<Packet['cmd'], readonly string[]>> = {
  connect: [
    'sessionExpiryInterval',
    'receiveMaximum',
    'maximumPacketSize',
    'topicAliasMaximum',
    'requestResponseInformation',
    'requestProblemInformation',
    'userProperties',
    'authenticationMethod',
    'authenticationData',
  ],
  publish: [
    'payloadFormatIndicator',
    'messageExpiryInterval',
    'topicAlias',
    'responseTopic',
    'correlationData',
    'userProperties',
    'contentType',
  ],
  puback: ['reasonString', 'userProperties'],
  subscribe: ['subscriptionIdentifier', 'userProperties'],
  unsubscribe: ['userProperties'],
  disconnect: ['sessionExpiryInterval', 'reasonString', 'userProperties'],
}

const willProperties = [
  'willDelayInterval',
  'payloadFormatIndicator',
  'messageExpiryInterval',
  'contentType',
  'responseTopic',
  'correlationData',
  'userProperties',
]

/**
 * Parses one whole packet with `mqtt-packet`, then refuses what that library lets pass: cut-off fields, text
 * that is not UTF-8, packet id 0, repeated and misplaced properties.
 * @throws {PacketFault}
 */
export function parseWithLibrary(frame: Frame, protocolVersion: ProtocolVersion): Packet {
  const [packet] = parse(frame.buffer.subarray(frame.start, frame.end), protocolVersion)
  if (!packet) throw new PacketFault('malformed-packet', 'the packet is cut off')
  checkPacket(packet)
  return packet
}

function parse(bytes: Buffer, protocolVersion: ProtocolVersion): Packet[] {
  const packets: Packet[] = []
  const parser = createParser({ protocolVersion })
  parser.on('packet', (packet) => packets.push(packet))
  parser.on('error', (cause: Error) => {
    throw cause
  })
  try {
    parser.parse(bytes)
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : 'the packet cannot be read'
    throw new PacketFault('malformed-packet', text, { cause }) // also what the library trips over itself
  }
  return packets
}

function checkPacket(packet: Packet): void {
  if (packet.messageId !== undefined && packet.messageId < 1) {
    throw new PacketFault('malformed-packet', 'the packet id is missing or 0') // [MQTT-2.2.1-3]
  }
  if ('properties' in packet) checkProperties(packet.properties, allowedProperties[packet.cmd] ?? [])
  if (packet.cmd !== 'connect') return
  checkText('client id', packet.clientId)
  if (packet.username !== undefined) checkText('user name', packet.username)
  if (packet.will?.properties) checkProperties(packet.will.properties, willProperties)
}

function checkProperties(properties: object | undefined, allowed: readonly string[]): void {
  for (const [name, value] of Object.entries(properties ?? {}) as [string, unknown][]) {
    if (!allowed.includes(name)) throw new PacketFault('protocol-error', `${name} does not belong here`)
    if (name === 'userProperties') checkUserProperties(value as Record<string, unknown>)
    else if (Array.isArray(value)) throw new PacketFault('protocol-error', `${name} is given twice`)
    else if (value == null || value === -1) throw new PacketFault('malformed-packet', `${name} is cut off`)
    else if (typeof value === 'string') checkText(name, value)
  }
}

function checkUserProperties(properties: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(properties)) {
    checkText('user property', name)
    for (const text of [value].flat()) {
      if (typeof text !== 'string') throw new PacketFault('malformed-packet', 'a user property is cut off')
      checkText('user property', text)
    }
  }
}

/** The library decodes broken UTF-8 to U+FFFD, so that character is refused too. [MQTT-1.5.4-1] [MQTT-1.5.4-2] */
function checkText(what: string, text: string): void {
  if (text.includes('\0') || text.includes('\uFFFD')) {
    throw new PacketFault('malformed-packet', `the ${what} is not well-formed UTF-8 text`)
  }
}
