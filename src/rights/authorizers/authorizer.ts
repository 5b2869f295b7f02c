/**
 * Custom authorizers: functions of the account that say who a client is and what it may do.
 * Source of the rules: AWS IoT Developer Guide, "Creating and managing custom authorizers" (config-custom-auth.html);
 * AWS IoT API Reference, "CreateAuthorizer".
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { iotError } from '../../api/aws/errors.ts'
import { iotArn, parseArn, type ArnScope } from '../../lib/arn.ts'

export interface Authorizer {
  accountId: string
  /** At most 128 of letters, digits, and `_=,@-`; case counts. */
  authorizerName: string
  authorizerFunctionArn: string
  /** Under which headers, query strings, and user names carry the token. */
  tokenKeyName?: string | undefined
  /** PEM of RSA public keys by name; none where signing is disabled from the start. */
  tokenSigningPublicKeys: Readonly<Record<string, string>>
  status: 'ACTIVE' | 'INACTIVE'
  /** Never changes. */
  signingDisabled: boolean
  enableCachingForHttp: boolean
  creationDate: Date
  lastModifiedDate: Date
}

/** assumed: AWS tells no number. */
export const maxAuthorizers = 100
const maxPublicKeys = 10

const minModulusBits = 2048

export const authorizerArn = (scope: ArnScope, name: string) => iotArn(scope, `authorizer/${name}`)

/** @throws {AwsError} `InvalidRequestException` for what cannot work: the function, the token's key name, the public keys */
export function checkAuthorizer(authorizer: Authorizer): void {
  checkFunctionArn(authorizer)
  const { tokenKeyName, tokenSigningPublicKeys, signingDisabled } = authorizer
  const names = Object.keys(tokenSigningPublicKeys)
  if (!signingDisabled && (tokenKeyName === undefined || names.length === 0))
    throw iotError(
      'InvalidRequestException',
      'tokenKeyName and tokenSigningPublicKeys are required unless signingDisabled is true',
    )
  if (names.length > maxPublicKeys)
    throw iotError(
      'InvalidRequestException',
      `tokenSigningPublicKeys holds at most ${maxPublicKeys} keys, got ${names.length}`,
    )
  for (const [name, pem] of Object.entries(tokenSigningPublicKeys)) checkPublicKey(name, pem)
}

/** Whether the function is there, and may be called, is seen when a client comes, as on AWS. */
function checkFunctionArn({ accountId, authorizerFunctionArn }: Authorizer): void {
  const arn = parseArn(authorizerFunctionArn)
  if (arn?.service === 'lambda' && arn.accountId === accountId && /^function:[^:]/.test(arn.resource)) return
  throw iotError(
    'InvalidRequestException',
    `authorizerFunctionArn must be the ARN of a Lambda function of the account ${accountId}, it is "${authorizerFunctionArn.slice(0, 200)}"`,
  )
}

function checkPublicKey(name: string, pem: string): void {
  const fault = describeKeyFault(findPublicKey(pem))
  if (fault !== undefined)
    throw iotError('InvalidRequestException', `tokenSigningPublicKeys.${name} ${fault}`)
}

function describeKeyFault(key: KeyObject | undefined): string | undefined {
  if (key?.asymmetricKeyType !== 'rsa') return 'must be an RSA public key in PEM (BEGIN PUBLIC KEY)'
  const { modulusLength: bits = 0 } = key.asymmetricKeyDetails ?? {}
  return bits < minModulusBits ? `must have at least ${minModulusBits} bits, it has ${bits}` : undefined
}

/** `undefined` for text that is no PEM of a public key. */
export function findPublicKey(pem: string): KeyObject | undefined {
  if (!/-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem)) return undefined // a private key would be taken too
  try {
    return createPublicKey(pem)
  } catch {
    return undefined // OpenSSL's reasons say nothing to a person
  }
}

/** @throws {AwsError} `DeleteConflictException` while clients may still come by it */
export function checkDeletable({ authorizerName, status }: Authorizer, isDefault: boolean): void {
  if (isDefault)
    throw iotError(
      'DeleteConflictException',
      `${authorizerName} is the default authorizer: clear or replace the default before it is deleted`,
    )
  if (status === 'ACTIVE')
    throw iotError(
      'DeleteConflictException',
      `the authorizer ${authorizerName} is ACTIVE: make it INACTIVE before it is deleted`,
    )
}
