/** What became of the messages of each rule since the start of the server. */
import { RecentMap } from '../../lib/recent-map.ts'
import type { RuleIdentity } from '../actions/action.ts'

type CountedRule = Pick<RuleIdentity, 'accountId' | 'ruleName'>

/** AWS's names of the metrics where AWS has them. Source: AWS IoT Developer Guide, "Rule metrics". */
export interface RuleCount {
  ruleName: string
  /** Messages on the rule's topic. */
  topicMatch: number
  /** Those for which WHERE was true. */
  matched: number
  /** Actions that did their work. */
  success: number
  /** Statements and actions that did not, of the action for errors too. */
  failure: number
  lastMessageAt?: Date
  lastFailure?: { at: Date; failedAction: string; failedResource: string; errorMessage: string }
}

type Fault = Omit<NonNullable<RuleCount['lastFailure']>, 'at'>

/** More than an account may have rules, so only those that were deleted are forgotten. */
const maxCounted = 10_000

export class RuleCounts {
  readonly #now: () => Date
  readonly #since: Date
  /** Of all rules, of those that were deleted too. */
  readonly totals = { topicMatch: 0, matched: 0, success: 0, failure: 0 }
  readonly #counts = new RecentMap<RuleCount>(maxCounted)

  constructor(now: () => Date) {
    this.#now = now
    this.#since = now()
  }

  /** Of one rule; zeros for one that has had no message. */
  report(rule: CountedRule): { since: Date } & RuleCount {
    return { since: this.#since, ...(this.#counts.get(keyOf(rule)) ?? newCount(rule)) }
  }

  add(rule: CountedRule, what: 'topicMatch' | 'matched' | 'success'): void {
    const count = this.#of(rule)
    count[what] += 1
    this.totals[what] += 1
    if (what === 'topicMatch') count.lastMessageAt = this.#now()
  }

  fail(rule: CountedRule, { failedAction, failedResource, errorMessage }: Fault): void {
    const count = this.#of(rule)
    count.failure += 1
    this.totals.failure += 1
    count.lastFailure = { at: this.#now(), failedAction, failedResource, errorMessage }
  }

  /** Of a rule that was deleted. */
  forget(rule: CountedRule): void {
    this.#counts.delete(keyOf(rule))
  }

  #of(rule: CountedRule): RuleCount {
    const known = this.#counts.get(keyOf(rule))
    if (known) return known
    const count = newCount(rule)
    this.#counts.set(keyOf(rule), count)
    return count
  }
}

const keyOf = ({ accountId, ruleName }: CountedRule) => `${accountId}/${ruleName}`

const newCount = ({ ruleName }: CountedRule): RuleCount => ({
  ruleName,
  topicMatch: 0,
  matched: 0,
  success: 0,
  failure: 0,
})
