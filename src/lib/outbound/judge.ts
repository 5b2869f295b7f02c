/** Whether this server sends anything to an address that somebody named over the API. */
import { networkInterfaces } from 'node:os'
import { kindOfAddress } from './address-kind.ts'
import type { AllowList } from './allow-list.ts'
import { toIpBytes, toIpText, withoutMapping } from './ip-bytes.ts'

/** Why nothing is sent to the address, in words that follow it; undefined when something may be. */
export type JudgeAddress = (address: string, port: number) => string | undefined

interface JudgeDeps {
  allowed: AllowList
  /** Asked each time: a laptop, or a container, is given others while it runs. */
  ownAddresses?: () => readonly string[]
}

export function createJudge({ allowed, ownAddresses = addressesOfHost }: JudgeDeps): JudgeAddress {
  return (text, port) => {
    const kind = kindOfAddress(text)
    const bytes = toIpBytes(text)
    if (kind === undefined || !bytes) return 'is no address'
    if (kind === 'never') return 'is an address that this server never sends anything to'
    const address = toIpText(withoutMapping(bytes))
    const isOwn = kind !== 'loopback' && ownAddresses().some((own) => isSame(own, address))
    if (kind === 'public' && !isOwn) return undefined
    if (allowed.has(address, port, isOwn)) return undefined
    const what = isOwn || kind === 'loopback' ? 'this host' : 'a private network'
    return `is an address of ${what}, which the operator of this server has not listed with --outbound-allow`
  }
}

function isSame(own: string, address: string): boolean {
  const bytes = toIpBytes(own)
  return bytes !== undefined && toIpText(bytes) === address
}

const addressesOfHost = () =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))
