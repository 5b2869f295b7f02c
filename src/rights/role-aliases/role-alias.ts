/**
 * Names for roles that devices may ask credentials of, so that the role can be changed without touching a device.
 * Source: AWS IoT Developer Guide, "Authorizing direct calls to AWS services".
 */
import { iotError } from '../../api/aws/errors.ts'
import { iotArn, parseArn, type ArnScope } from '../../lib/arn.ts'

export interface RoleAlias {
  accountId: string
  /** At most 128 of letters, digits, and `_=,@-`; case counts. */
  roleAlias: string
  roleArn: string
  credentialDurationSeconds: number
  creationDate: Date
  lastModifiedDate: Date
}

export const defaultDurationSeconds = 3600

/** AWS General Reference, "AWS IoT Core credential provider limits and quotas". */
export const maxRoleAliases = 100

/** The principal that a role's trust policy must name. */
export const credentialService = 'credentials.iot.amazonaws.com'

export const roleAliasArn = (scope: ArnScope, roleAlias: string) => iotArn(scope, `rolealias/${roleAlias}`)

/** @throws {AwsError} `InvalidRequestException` for what is no role of the account */
export function checkRoleArn(roleArn: string, accountId: string): void {
  const arn = parseArn(roleArn)
  // assumed: as for every role that is passed to a service, it must be one of the same account
  const isHere = arn?.service === 'iam' && arn.region === '' && arn.accountId === accountId
  if (isHere && arn.resource.startsWith('role/')) return
  throw iotError(
    'InvalidRequestException',
    `roleArn must be the ARN of a role of the account ${accountId}, it is "${roleArn.slice(0, 200)}"`,
  )
}
