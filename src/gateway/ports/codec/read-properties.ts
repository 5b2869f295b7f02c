import { PacketFault } from './packet-fault.ts'
import type { PacketReader } from './packet-reader.ts'
import {
  allowedProperties,
  propertyTable,
  type Properties,
  type PropertyName,
  type PropertyOwner,
  type PropertyType,
} from './properties.ts'

type Readers = { [Type in Exclude<PropertyType, 'pair'>]: (reader: PacketReader, name: string) => unknown }

const readers: Readers = {
  flag: readFlag,
  uint16: (reader) => reader.uint16(),
  uint32: (reader) => reader.uint32(),
  length: readIdentifier,
  text: (reader, name) => reader.text(name),
  bytes: (reader) => reader.bytes(),
}

const nameById = new Map(
  Object.entries(propertyTable).map(([name, { id }]) => [id as number, name as PropertyName]),
)

/** Properties that are never 0, wherever they stand. MQTT 5.0 3.1.2.11.3, 3.1.2.11.4 */
const neverZero: ReadonlySet<PropertyName> = new Set(['receiveMaximum', 'maximumPacketSize'])

const none: Properties = Object.freeze({})

/**
 * Reads the properties of one packet.
 * @throws {PacketFault} on one that is unknown, misplaced, repeated, cut off, or out of its bounds
 */
export function readProperties(reader: PacketReader, owner: PropertyOwner): Properties {
  const length = reader.length()
  if (length === 0) return none
  const end = reader.at + length
  if (end > reader.end) throw new PacketFault('malformed-packet', 'the properties are cut off')
  const allowed: readonly PropertyName[] = allowedProperties[owner]
  const values: Partial<Record<PropertyName, unknown>> = {}
  const userProperties: [string, string][] = []
  while (reader.at < end) {
    const name = nameById.get(reader.length())
    if (name === undefined) throw new PacketFault('malformed-packet', 'a property is unknown')
    if (!allowed.includes(name)) throw new PacketFault('protocol-error', `${name} does not belong here`)
    const { type } = propertyTable[name]
    if (type === 'pair') userProperties.push([reader.text('user property'), reader.text('user property')])
    else if (name in values) throw new PacketFault('protocol-error', `${name} is given twice`)
    else values[name] = checkValue(name, readers[type](reader, name))
  }
  if (reader.at > end) throw new PacketFault('malformed-packet', 'a property is cut off')
  if (userProperties.length > 0) values.userProperties = userProperties
  return values as Properties
}

function checkValue(name: PropertyName, value: unknown): unknown {
  if (value === 0 && neverZero.has(name)) throw new PacketFault('protocol-error', `${name} is 0`)
  return value
}

function readFlag(reader: PacketReader, name: string): boolean {
  const byte = reader.uint8()
  if (byte > 1) throw new PacketFault('protocol-error', `${name} is ${byte}, neither 0 nor 1`)
  return byte === 1
}

function readIdentifier(reader: PacketReader, name: string): number {
  const value = reader.length()
  if (value === 0) throw new PacketFault('protocol-error', `${name} is 0`) // 3.8.2.1.2
  return value
}
