/**
 * Client ids that the server assigns: `$GEN/` and a UUID, as AWS does. Half of the UUID is random, the other half says for
 * whom it was made. So a client can come back with it, after a restart too, and nobody else can; and nothing has to
 * be remembered for clients that never do.
 */
import { hash } from 'node:crypto'

const prefix = '$GEN/'
const randomDigits = 12

/** Whom an id is assigned to: the certificate, or the identity that signed. */
export interface ClientIdOwner {
  accountId: string
  principal: string
}

/** `random` is any text of 12 or more hex digits. */
export function assignClientId(owner: ClientIdOwner, random: string): string {
  const digits = random.slice(0, randomDigits)
  const tag = hash('sha256', `client id\n${owner.accountId}\n${owner.principal}\n${digits}`, 'hex')
  const [first, second] = [digits.slice(0, 8), digits.slice(8)]
  const [third, fourth, fifth] = [`8${tag.slice(0, 3)}`, `a${tag.slice(3, 6)}`, tag.slice(6, 18)] // version 8: RFC 9562 5.8
  return `${prefix}${[first, second, third, fourth, fifth].join('-')}`
}

/** Whether the server would have assigned the id to this owner. */
export function isAssignedTo(owner: ClientIdOwner, clientId: string): boolean {
  if (!clientId.startsWith(prefix)) return false
  const random = clientId.slice(prefix.length).replace('-', '').slice(0, randomDigits)
  return assignClientId(owner, random) === clientId
}
