/**
 * Entries of frames as bytes: each begins with its kind. What a later version adds stands behind what is known here, and is
 * passed over. The first member that is written another way makes another form (`wire.ts`).
 */
import type { Message, MessageProperties, Shares } from '../../in-process/index.ts'
import type { Claim, Entry, MessageEntry } from './entry.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

const kinds = { message: 1, claim: 2 } as const

export function writeEntry(writer: ByteWriter, entry: Entry): void {
  if ('claim' in entry) {
    writer.byte(kinds.claim)
    writeClaim(writer, entry.claim)
  } else {
    writer.byte(kinds.message)
    writeMessage(writer, entry)
  }
}

/** Undefined for a kind of a later version. */
export function readEntry(reader: ByteReader): Entry | undefined {
  const kind = reader.byte()
  if (kind === kinds.message) return readMessage(reader)
  return kind === kinds.claim ? { claim: readClaim(reader) } : undefined
}

function writeClaim(writer: ByteWriter, { accountId, clientId, number, nodeName }: Claim): void {
  writer.text(accountId)
  writer.text(clientId)
  writer.count(number)
  writer.text(nodeName)
}

const readClaim = (reader: ByteReader): Claim => ({
  accountId: reader.text(),
  clientId: reader.text(),
  number: reader.count(),
  nodeName: reader.text(),
})

/** What a message has beside its topic and payload; the two lowest bits are its QoS. */
const has = {
  retain: 1 << 2,
  isWill: 1 << 3,
  hops: 1 << 4,
  publisher: 1 << 5,
  properties: 1 << 6,
  shares: 1 << 7,
} as const

const flag = (isSet: unknown, bit: number): number => (isSet === undefined || isSet === false ? 0 : bit)

function writeMessage(writer: ByteWriter, { message, shares, isShared }: MessageEntry): void {
  const { qos, retain, isWill, hops, publisher, properties } = message
  const publisherId = publisher?.clientId
  writer.byte(
    qos |
      flag(retain, has.retain) |
      flag(isWill, has.isWill) |
      flag(hops, has.hops) |
      flag(publisherId, has.publisher) |
      flag(properties, has.properties) |
      flag(shares, has.shares),
  )
  writer.text(message.accountId)
  writer.text(message.topic)
  writer.bytes(message.payload)
  if (hops !== undefined) writer.count(hops)
  if (publisherId !== undefined) writeTexts(writer, { clientId: publisherId }, publisherMembers)
  if (properties) writeProperties(writer, properties)
  if (shares) writeShares(writer, shares, isShared === true)
}

function readMessage(reader: ByteReader): MessageEntry {
  const flags = reader.byte()
  const message: Message = {
    accountId: reader.text(),
    topic: reader.text(),
    payload: reader.bytes(),
    qos: (flags & 0b11) as Message['qos'],
    retain: (flags & has.retain) !== 0,
  }
  if (flags & has.isWill) message.isWill = true
  if (flags & has.hops) message.hops = reader.count()
  if (flags & has.publisher) message.publisher = readTexts(reader, publisherMembers)
  if (flags & has.properties) message.properties = readProperties(reader)
  return flags & has.shares ? { message, ...readShares(reader) } : { message }
}

/** Only the first is sent: what is published is judged, and acted upon, where that happens. */
const publisherMembers = ['clientId', 'principal', 'sourceIp'] as const

/** Which of the members there are, a bit each, then those. */
function writeTexts<Name extends string>(
  writer: ByteWriter,
  record: Partial<Record<Name, unknown>>,
  names: readonly Name[],
): void {
  writer.byte(names.reduce((bits, name, at) => bits | flag(record[name], 1 << at), 0))
  for (const name of names) if (record[name] !== undefined) writer.text(record[name] as string)
}

function readTexts<Name extends string>(
  reader: ByteReader,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const bits = reader.byte()
  const record: Partial<Record<Name, string>> = {}
  for (let at = 0; at < names.length; at++) {
    const name = names[at]
    if (name !== undefined && bits & (1 << at)) record[name] = reader.text()
  }
  return record
}

const textProperties = ['contentType', 'responseTopic'] as const
const otherProperties = {
  correlationData: 1,
  payloadFormatIndicator: 1 << 1,
  isText: 1 << 2,
  messageExpiryInterval: 1 << 3,
  userProperties: 1 << 4,
} as const

function writeProperties(writer: ByteWriter, properties: MessageProperties): void {
  const { correlationData, payloadFormatIndicator, messageExpiryInterval, userProperties } = properties
  writeTexts(writer, properties, textProperties)
  writer.byte(
    flag(correlationData, otherProperties.correlationData) |
      (payloadFormatIndicator === undefined ? 0 : otherProperties.payloadFormatIndicator) |
      flag(payloadFormatIndicator, otherProperties.isText) |
      flag(messageExpiryInterval, otherProperties.messageExpiryInterval) |
      flag(userProperties, otherProperties.userProperties),
  )
  if (correlationData) writer.bytes(correlationData)
  if (messageExpiryInterval !== undefined) writer.count(messageExpiryInterval)
  if (!userProperties) return
  writer.count(userProperties.length)
  for (const [name, value] of userProperties) {
    writer.text(name)
    writer.text(value)
  }
}

function readProperties(reader: ByteReader): MessageProperties {
  const properties: MessageProperties = readTexts(reader, textProperties)
  const bits = reader.byte()
  if (bits & otherProperties.correlationData) properties.correlationData = reader.bytes()
  if (bits & otherProperties.payloadFormatIndicator)
    properties.payloadFormatIndicator = (bits & otherProperties.isText) !== 0
  if (bits & otherProperties.messageExpiryInterval) properties.messageExpiryInterval = reader.count()
  if (bits & otherProperties.userProperties)
    properties.userProperties = times(reader.count(), () => [reader.text(), reader.text()] as const)
  return properties
}

function writeShares(writer: ByteWriter, shares: Shares, isShared: boolean): void {
  writer.byte(Number(isShared))
  writer.count(shares.length)
  for (const share of shares) {
    writer.count(share.length)
    for (const name of share) writer.text(name)
  }
}

function readShares(reader: ByteReader): Pick<MessageEntry, 'shares' | 'isShared'> {
  const isShared = reader.byte() === 1
  const shares = times(reader.count(), () => times(reader.count(), () => reader.text())) as unknown as Shares
  return isShared ? { shares, isShared } : { shares }
}

/** Not made at once: a wrong number ends where the bytes do. */
function times<T>(count: number, read: () => T): T[] {
  const all: T[] = []
  for (let index = 0; index < count; index++) all.push(read())
  return all
}
