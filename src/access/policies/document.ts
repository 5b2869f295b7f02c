/**
 * Policy documents as data. Sources: IAM User Guide, "IAM JSON policy element reference";
 * AWS IoT Developer Guide, "AWS IoT Core policies".
 */

/**
 * Which elements a document may hold: an IoT policy and an IAM policy of an identity name resources, the
 * trust policy of a role names principals.
 */
export type PolicyDialect = 'iot' | 'identity' | 'trust'

export interface PolicyDocument {
  dialect: PolicyDialect
  version: '2008-10-17' | '2012-10-17'
  statements: readonly PolicyStatement[]
}

export interface PolicyStatement {
  sid?: string
  effect: 'Allow' | 'Deny'
  /** Action or NotAction. */
  action: PolicyElement
  /** Resource or NotResource; a trust policy has neither. */
  resource?: PolicyElement
  /** Principal or NotPrincipal; only a trust policy has one. */
  principal?: PrincipalElement
  conditions: readonly PolicyCondition[]
}

/** Patterns as written; `isNegated` when the element's name begins with `Not`. */
export interface PolicyElement {
  isNegated: boolean
  patterns: readonly string[]
}

export interface PrincipalElement {
  isNegated: boolean
  /** Kind `*` is a bare `"Principal": "*"`: everybody. */
  principals: readonly { kind: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser' | '*'; value: string }[]
}

/** One operator on one key, e.g. `ForAnyValue:StringEquals` on `iot:ConnectAttributes`. */
export interface PolicyCondition {
  operator: string
  key: string
  /** May be empty: then no value matches. */
  values: readonly string[]
}

/** The text is not a policy document; the message names the place, e.g. `Statement[0].Effect`. */
export class PolicyDocumentError extends Error {
  override readonly name = 'PolicyDocumentError'
}

/** Gives the value of a policy variable or condition key, by its name as the document writes it. */
export type Lookup = (name: string) => string | readonly string[] | undefined
