/** What policies can know of a caller (IAM User Guide, "AWS global condition context keys"). */
import type { Caller } from '../../../api/aws/caller.ts'
import { lookupIn, type Lookup } from '../../policies/index.ts'
import type { IdentityPolicies } from './identity-policies.ts'

/** Values by condition key. */
export type Conditions = Readonly<Record<string, string | readonly string[]>>

const principalType = { root: 'Account', user: 'User', 'assumed-role': 'AssumedRole' } as const
const principalTag = 'aws:principaltag/'

interface CallerFacts {
  caller: Caller
  policies: IdentityPolicies | undefined
  /** What the request adds, e.g. `aws:SourceIp`; cannot replace what is known of the caller. */
  conditions: Conditions | undefined
  now: () => Date
}

export function callerLookup(facts: CallerFacts): Lookup {
  const { caller, policies, now } = facts
  let conditions: Lookup | undefined // made only when a policy asks
  let session: Lookup | undefined
  return (name) => {
    const key = name.toLowerCase()
    switch (key) {
      case 'aws:username':
        return caller.kind === 'user' ? caller.name : undefined
      case 'aws:userid':
        return caller.userId
      case 'aws:principalarn': // a role's own ARN, not its session's
        return policies?.identity.arn ?? caller.arn
      case 'aws:principaltype':
        return principalType[caller.kind]
      case 'aws:principalaccount':
        return caller.accountId
      case 'aws:currenttime':
        return now().toISOString()
      case 'aws:epochtime':
        return String(Math.floor(now().getTime() / 1000))
      case 'aws:multifactorauthpresent':
        return caller.mfaAt === undefined ? undefined : String(caller.mfaAt !== null)
      case 'aws:multifactorauthage':
        return caller.mfaAt ? secondsSince(caller.mfaAt, now()) : undefined
      default:
        if (key.startsWith(principalTag)) return policies?.tags.get(key.slice(principalTag.length))
        session ??= lookupIn(caller.sessionContext ?? {})
        conditions ??= lookupIn(facts.conditions ?? {})
        return session(key) ?? conditions(key)
    }
  }
}

const secondsSince = (then: Date, now: Date) => String(Math.floor((now.getTime() - then.getTime()) / 1000))
