/** ARNs of one account as those of another: policies, templates, and rules are full of them. */
import type { AccountScope } from './ends.ts'

const arns = /\barn:aws[a-z-]*:([a-z0-9*-]+):([a-z0-9-]*|\*):(\d{12}):/g

/**
 * Text in which each ARN of the account `from` is one of `to`: partition and account, and the region where it is that of
 * `from`. ARNs of others, of no account, or of `*` stay as they are.
 */
export function createRenaming(from: AccountScope, to: AccountScope): (text: string) => string {
  const isSame = (['partition', 'region', 'accountId'] as const).every((part) => from[part] === to[part])
  if (isSame) return (text) => text
  return (text) =>
    text.replaceAll(arns, (arn: string, ...[service, region, accountId]: string[]) => {
      if (accountId !== from.accountId) return arn
      const place = region === from.region ? to.region : region
      return `arn:${to.partition}:${service}:${place}:${to.accountId}:`
    })
}
