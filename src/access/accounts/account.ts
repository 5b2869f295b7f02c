/** The accounts that one server acts as. Source of names and states: AWS Organizations API Reference, "Account". */
import { randomBytes, randomInt } from 'node:crypto'
import { isIP } from 'node:net'

export interface Account {
  /** 12 digits. */
  accountId: string
  name: string
  /** In lower case; no two accounts have the same. */
  email: string
  /** The first label of the name of its endpoint. */
  endpointPrefix: string
  /** Of the CreateAccount that made it: `car-` and 32 hex digits. */
  requestId: string
  createdAt: Date
  /** Absent while it is open. */
  closedAt?: Date
}

export const isOpenAccount = ({ closedAt }: Account): boolean => closedAt === undefined

/** As many as one server holds in memory; AWS General Reference gives an organization 10 at first. */
export const maxAccounts = 1000

const prefixLength = 14
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** As AWS makes them, e.g. `a1b2c3d4e5f6g7-ats`: a letter goes first. */
export function createEndpointPrefix(): string {
  const random = Array.from({ length: prefixLength - 1 }, () => letters[randomInt(letters.length)])
  return `a${random.join('')}-ats`
}

export const createRequestId = (): string => `car-${randomBytes(16).toString('hex')}`

/** 12 digits, the first not 0, as AWS gives them out. */
export const createAccountId = (): string => String(randomInt(10 ** 11, 10 ** 12))

/** Below the endpoint of the server, which may be an address: then below `localhost`. In lower case. */
export function endpointOf(endpointPrefix: string, endpointAddress: string): string {
  return `${endpointPrefix}.${isIP(endpointAddress) === 0 ? endpointAddress.toLowerCase() : 'localhost'}`
}

const anyPrefix = new RegExp(`^a[a-z0-9]{${prefixLength - 1}}-ats$`)

/** Whether the name is, or may become, the endpoint of an account: nobody else may have it. */
export function isAccountEndpoint(domainName: string, endpointAddress: string): boolean {
  const [prefix = ''] = domainName.split('.', 1)
  return anyPrefix.test(prefix) && domainName === endpointOf(prefix, endpointAddress)
}

const emailForm = /^[^\s"'()<>[\]:;,\\|%&@.][^\s"'()<>[\]:;,\\|%&@]*@[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/

/**
 * Why it is no address of an account, for a person; nothing when it is one. In lower case. Source: AWS Organizations API
 * Reference, "CreateAccount".
 */
export function findEmailFault(email: string): string | undefined {
  const isForm = email.length >= 6 && email.length <= 64 && emailForm.test(email)
  if (isForm && email.slice(email.indexOf('@')).includes('.')) return undefined
  return 'Email must be an address of 6 to 64 ASCII characters such as team@example.com'
}
