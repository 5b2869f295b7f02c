/** The server name in the first bytes of a TLS connection. Sources: RFC 8446 4.1.2 and 5.1; RFC 6066 3. */

/** What is not a ClientHello has no name: the TLS library will say what is wrong with it. */
export type ClientHello = 'incomplete' | { serverName: string | undefined }

/** More than any client sends; what is longer is left to the TLS library. */
export const maxClientHelloBytes = 32_768

const handshakeRecord = 22
const clientHello = 1
const serverNameExtension = 0
const hostNameType = 0
const nameless: ClientHello = { serverName: undefined }

export function readClientHello(bytes: Buffer): ClientHello {
  const message = joinRecords(bytes)
  if (message === 'other') return nameless
  if (message.length < 4) return bytes.length < maxClientHelloBytes ? 'incomplete' : nameless
  if (message[0] !== clientHello) return nameless
  const end = 4 + message.readUIntBE(1, 3)
  if (message.length < end) return bytes.length < maxClientHelloBytes ? 'incomplete' : nameless
  try {
    return { serverName: findServerName(message.subarray(4, end)) }
  } catch {
    return nameless // a length that points beyond the message
  }
}

/** The handshake message so far, out of the records it came in. */
function joinRecords(bytes: Buffer): Buffer | 'other' {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== handshakeRecord) return parts.length > 0 ? Buffer.concat(parts) : 'other'
    if (at + 5 > bytes.length) break
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    parts.push(bytes.subarray(at + 5, end))
    at = end
  }
  const [first] = parts
  return parts.length === 1 && first ? first : Buffer.concat(parts)
}

/** @throws {RangeError} when the message is shorter than its lengths say */
function findServerName(hello: Buffer): string | undefined {
  let at = 2 + 32 // legacy_version, random
  at += 1 + hello.readUInt8(at) // legacy_session_id
  at += 2 + hello.readUInt16BE(at) // cipher_suites
  at += 1 + hello.readUInt8(at) // legacy_compression_methods
  if (at === hello.length) return undefined
  const end = at + 2 + hello.readUInt16BE(at)
  at += 2
  while (at < end) {
    const type = hello.readUInt16BE(at)
    const length = hello.readUInt16BE(at + 2)
    if (type === serverNameExtension) return readHostName(hello.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return undefined
}

function readHostName(list: Buffer): string | undefined {
  if (list.readUInt8(2) !== hostNameType) return undefined
  const length = list.readUInt16BE(3)
  if (list.length < 5 + length) return undefined
  return list.toString('latin1', 5, 5 + length).toLowerCase()
}
