/**
 * Amazon Resource Names: `arn:aws:<service>:<region>:<account id>:<resource>`.
 * Source: AWS General Reference, "Amazon Resource Names (ARNs)".
 */
export interface Arn {
  service: string
  /** Empty for services without regions (iam, sts). */
  region: string
  accountId: string
  /** Everything after the fifth colon, e.g. `cert/<64 hex digits>`. */
  resource: string
}

/** Where a resource lives. */
export interface ArnScope {
  region: string
  accountId: string
}

export function formatArn({ service, region, accountId, resource }: Arn): string {
  return `arn:aws:${service}:${region}:${accountId}:${resource}`
}

/**
 * `undefined` when `text` is not an ARN of six parts, or of another partition than `aws`: every resource has one ARN
 * alone, so that what a policy says of it holds however it is named.
 */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:aws:([^:]+):([^:]*):([^:]*):(.+)$/s.exec(text)
  if (!match) return undefined
  const [, service = '', region = '', accountId = '', resource = ''] = match
  return { service, region, accountId, resource }
}

/** What an ARN names of a service in an account and region; `undefined` for every other text. */
export function resourceIn(
  { region, accountId }: ArnScope,
  service: string,
  arn: string,
): string | undefined {
  const parsed = parseArn(arn)
  const isThere = parsed?.service === service && parsed.region === region && parsed.accountId === accountId
  return isThere ? parsed.resource : undefined
}

/** `resource` is kind and name, e.g. `thing/lamp-1`. */
export function iotArn({ region, accountId }: ArnScope, resource: string): string {
  return formatArn({ service: 'iot', region, accountId, resource })
}

/** `resource` is kind and name, e.g. `role/JITPRole`. */
export function iamArn(accountId: string, resource: string): string {
  return formatArn({ service: 'iam', region: '', accountId, resource })
}
