/** The header by which a load balancer says who is behind it. Source: "The PROXY protocol", version 2, section 2.2. */
import { SocketAddress } from 'node:net'
import { plainAddress } from '../../../lib/address-ranges.ts'

/** Who is at the far end. */
export interface Source {
  address: string
  port: number
}

export type ProxyHeader =
  | 'incomplete'
  | { refusal: string }
  /** `length` bytes belong to the header. Without a source the balancer speaks for itself, as in a health check. */
  | { length: number; source?: Source }

const signature = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const versionOne = Buffer.from('PROXY ')
const fixedLength = 16
/** Addresses and whatever a balancer adds about TLS, which is passed over. */
const maxBodyLength = 2048
const tcp4 = { family: 0x11, length: 12 }
const tcp6 = { family: 0x21, length: 36 }

export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsAlike(bytes, versionOne)) {
    return bytes.length < versionOne.length ? 'incomplete' : { refusal: 'version 1 of the PROXY protocol' }
  }
  if (!startsAlike(bytes, signature)) return { refusal: 'no PROXY protocol header' }
  if (bytes.length < fixedLength) return 'incomplete'
  const version = bytes.readUInt8(12) >> 4
  if (version !== 2) return { refusal: `version ${version} of the PROXY protocol` }
  const bodyLength = bytes.readUInt16BE(14)
  if (bodyLength > maxBodyLength)
    return { refusal: `a PROXY protocol header of ${bodyLength} bytes, above the limit of ${maxBodyLength}` }
  const length = fixedLength + bodyLength
  if (bytes.length < length) return 'incomplete'
  return readCommand(bytes, length)
}

function readCommand(bytes: Buffer, length: number): ProxyHeader {
  const command = bytes.readUInt8(12) & 0x0f
  if (command === 0) return { length }
  if (command !== 1) return { refusal: `the PROXY protocol command ${command}` }
  const family = bytes.readUInt8(13)
  const body = bytes.subarray(fixedLength, length)
  if (family === tcp4.family) {
    if (body.length < tcp4.length) return { refusal: 'a PROXY protocol header too short for its addresses' }
    return { length, source: { address: body.subarray(0, 4).join('.'), port: body.readUInt16BE(8) } }
  }
  if (family === tcp6.family) {
    if (body.length < tcp6.length) return { refusal: 'a PROXY protocol header too short for its addresses' }
    const address = plainAddress(formatIpv6(body.subarray(0, 16)))
    return { length, source: { address, port: body.readUInt16BE(32) } }
  }
  return { refusal: `the PROXY protocol family 0x${family.toString(16).padStart(2, '0')}, which is not TCP` }
}

const startsAlike = (bytes: Buffer, start: Buffer): boolean =>
  bytes.subarray(0, start.length).equals(start.subarray(0, bytes.length))

function formatIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16))
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}
