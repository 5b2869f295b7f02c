import type { Frame } from './frames.ts'
import type { ConnectPacket } from './packets.ts'

/** `00 04 M Q T T 04`: the name and level of MQTT 3.1.1. */
const protocol = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4])

const cleanFlag = 0x02
const usernameFlag = 0x80

/**
 * Reads the CONNECT that nearly every device sends: MQTT 3.1.1 with a client id, perhaps a user name, and neither
 * will nor password. Anything else, and all that is not as it should be, is undefined: the library reads it, or
 * finds the words for what is wrong. Source: MQTT 3.1.1 3.1.
 */
export function decodePlainConnect({ header, buffer, bodyStart, end }: Frame): ConnectPacket | undefined {
  const flagsAt = bodyStart + protocol.length
  const idAt = flagsAt + 3
  if (header !== 0x10 || end < idAt + 2 || protocol.compare(buffer, bodyStart, flagsAt) !== 0)
    return undefined
  const flags = buffer[flagsAt] ?? 0
  if ((flags & ~(cleanFlag | usernameFlag)) !== 0) return undefined
  const idEnd = textEnd(buffer, idAt, end)
  const clientId = readText(buffer, idAt, idEnd)
  const hasUsername = (flags & usernameFlag) !== 0
  const nameEnd = hasUsername ? textEnd(buffer, idEnd, end) : idEnd
  const username = hasUsername ? readText(buffer, idEnd, nameEnd) : ''
  if (nameEnd !== end || clientId === undefined || username === undefined) return undefined
  const isClean = (flags & cleanFlag) !== 0
  if (clientId === '' && !isClean) return undefined
  const keepAliveSeconds = buffer.readUInt16BE(flagsAt + 1)
  const packet = { type: 'connect', version: 4, clientId, isClean, keepAliveSeconds, properties: {} } as const
  return hasUsername ? { ...packet, username } : packet
}

/** Where the text ends whose length stands at `at`; beyond `end` when it is cut off. */
const textEnd = (buffer: Buffer, at: number, end: number): number =>
  at + 2 <= end ? at + 2 + buffer.readUInt16BE(at) : end + 1

/** Undefined for what is cut off or not well-formed. [MQTT-1.5.3-1] [MQTT-1.5.3-2] */
function readText(buffer: Buffer, at: number, textEndsAt: number): string | undefined {
  if (textEndsAt > buffer.length) return undefined
  const text = buffer.toString('utf8', at + 2, textEndsAt)
  return text.includes('\0') || text.includes('\uFFFD') ? undefined : text
}
