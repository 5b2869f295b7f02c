/**
 * Refusals by address. Who is turned away in the handshake has shown no certificate and no client id, so no name
 * finds the entry; the address it came from does.
 */
import { isIPv6, SocketAddress } from 'node:net'
import { reasonCodes, type JournalCode } from './codes.ts'
import type { JournalEntry } from './entry.ts'

/** Refusals of what a connected device asks for. Its names find them, and here they would push the others out. */
const askedByTheConnected = new Set<JournalCode>([
  'publish-denied',
  'subscribe-denied',
  'receive-denied',
  'messages-dropped',
  'service-not-offered',
  'claim-request-refused',
  'claim-unheard',
  'claim-token-refused',
  'claim-template-refused',
  'claim-limit',
  'hook-refused',
  'hook-failed',
])

/** Whether the entry says that somebody at an address was kept out, or put out. */
export function isRefusal(entry: JournalEntry): entry is JournalEntry & { sourceIp: string } {
  const { code, sourceIp } = entry
  return sourceIp !== undefined && reasonCodes[code].level === 'warn' && !askedByTheConnected.has(code)
}

/** As addresses are written in the journal: IPv6 in lower case and its short form, IPv4 without an IPv6 prefix. */
export function canonicalAddress(address: string): string {
  if (!isIPv6(address)) return address
  const { address: short } = new SocketAddress({ address, family: 'ipv6' })
  return short.replace(/^::ffff:(?=\d+\.)/, '')
}
