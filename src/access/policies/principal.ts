/** Principals of trust policies. Source: IAM User Guide, "AWS JSON policy elements: Principal". */
import { isJsonObject, type JsonObject } from '../../lib/lenient-json.ts'
import { PolicyDocumentError, type PrincipalElement } from './document.ts'
import { quote, readStrings } from './read-strings.ts'

/** Who asks, for statements that name principals. */
export interface RequestPrincipal {
  /** Of a user, role, or root; absent for a service. */
  accountId?: string
  /** Every ARN that names the caller: an assumed role's session and the role itself. */
  arns?: readonly string[]
  /** E.g. `iot.amazonaws.com`. */
  service?: string
  /** Identity provider, e.g. `cognito-identity.amazonaws.com`. */
  federated?: string
}

const kinds = ['AWS', 'Service', 'Federated', 'CanonicalUser'] as const

/**
 * Reads Principal or NotPrincipal of a statement.
 * @throws {PolicyDocumentError} naming the place
 */
export function parsePrincipal(statement: JsonObject, place: string): PrincipalElement {
  const { Principal: named, NotPrincipal: excluded } = statement
  const isNegated = named === undefined
  if ((excluded === undefined) === isNegated)
    throw new PolicyDocumentError(
      `${place} must have Principal or NotPrincipal, and ${isNegated ? 'has neither' : 'not both'}`,
    )
  const value = isNegated ? excluded : named
  const where = `${place}.${isNegated ? 'NotPrincipal' : 'Principal'}`
  if (value === '*') return { isNegated, principals: [{ kind: '*', value: '*' }] }
  if (!isJsonObject(value))
    throw new PolicyDocumentError(`${where} must be "*" or an object, got ${quote(value)}`)
  const principals = Object.entries(value).flatMap(([name, values]) => {
    const kind = kinds.find((candidate) => candidate === name)
    if (!kind)
      throw new PolicyDocumentError(`${where} must hold ${kinds.join(', ')} only, got ${quote(name)}`)
    return readStrings(values, `${where}.${name}`).map((text) => {
      checkPrincipal(kind, text, `${where}.${name}`)
      return { kind, value: text }
    })
  })
  if (principals.length === 0) throw new PolicyDocumentError(`${where} must not be empty`)
  return { isNegated, principals }
}

function checkPrincipal(kind: (typeof kinds)[number], value: string, place: string): void {
  const isValid =
    kind === 'AWS'
      ? /^(?:\*|\d{12}|arn:aws[a-z-]*:(?:iam|sts)::\d{12}:[^*?]+|A[A-Z\d]{15,})$/s.test(value)
      : /^[^\s*?]+$/.test(value)
  if (!isValid) throw new PolicyDocumentError(`${place} is no principal: ${quote(value)}`)
}

/** Whether the caller is one that the statement speaks of. */
export function namesPrincipal(
  { isNegated, principals }: PrincipalElement,
  principal: RequestPrincipal | undefined,
): boolean {
  const isNamed = principals.some(({ kind, value }) => {
    if (kind === '*') return true
    if (kind === 'Service') return principal?.service === value
    if (kind === 'Federated') return principal?.federated === value
    return kind === 'AWS' && isAwsPrincipal(value, principal)
  })
  return isNamed !== isNegated
}

/** An account id or its root's ARN stands for everybody in the account. */
function isAwsPrincipal(value: string, principal: RequestPrincipal | undefined): boolean {
  if (principal?.accountId === undefined) return false
  if (value === '*' || value === principal.accountId) return true
  const root = /^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(value)
  if (root) return root[1] === principal.accountId
  return principal.arns?.includes(value) ?? false
}
