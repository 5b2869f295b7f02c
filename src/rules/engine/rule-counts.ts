/** What became of the messages of each rule since the start of the server. */
import { RecentMap } from '../../lib/recent-map.ts'
import type { RuleIdentity } from '../actions/action.ts'

type CountedRule = Pick<RuleIdentity, 'accountId' | 'ruleName'>

/** Something to be counted elsewhere too. */
export interface RuleEvent extends CountedRule {
  what: 'topicMatch' | 'success' | 'failure' | 'throttled'
  /** As in `LambdaAction`; absent where it is not an action's. */
  action?: string | undefined
  isErrorAction?: boolean
  count?: number
}

/** What an action did. */
interface ActionEvent {
  action: string
  isErrorAction: boolean
}

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

/** What failed when it was the statement. assumed: the name; AWS documents the error action for actions alone. */
export const ruleEvaluation = 'RuleEvaluation'

/** More than an account may have rules, so only those that were deleted are forgotten. */
const maxCounted = 10_000

export class RuleCounts {
  readonly #now: () => Date
  readonly #tell: (event: RuleEvent) => void
  readonly #since: Date
  /** Of all rules, of those that were deleted too. */
  readonly totals = { topicMatch: 0, matched: 0, success: 0, failure: 0 }
  readonly #counts = new RecentMap<RuleCount>(maxCounted)

  constructor(now: () => Date, tell: (event: RuleEvent) => void = () => {}) {
    this.#now = now
    this.#tell = tell
    this.#since = now()
  }

  /** Of one rule; zeros for one that has had no message. */
  report(rule: CountedRule): { since: Date } & RuleCount {
    return { since: this.#since, ...(this.#counts.get(keyOf(rule)) ?? newCount(rule)) }
  }

  add(rule: CountedRule, what: 'topicMatch' | 'matched'): void {
    const count = this.#add(rule, what)
    if (what === 'matched') return
    count.lastMessageAt = this.#now()
    this.#tell({ ...nameOf(rule), what })
  }

  succeed(rule: CountedRule, event: ActionEvent): void {
    this.#add(rule, 'success')
    this.#tell({ ...nameOf(rule), what: 'success', ...event })
  }

  /** Of messages that found no room before it. */
  throttle(rule: CountedRule, count: number): void {
    this.#tell({ ...nameOf(rule), what: 'throttled', count })
  }

  fail(
    rule: CountedRule,
    {
      failedAction,
      failedResource,
      errorMessage,
      isErrorAction = false,
    }: Fault & { isErrorAction?: boolean },
  ): void {
    const action = failedAction === ruleEvaluation ? undefined : failedAction
    this.#tell({ ...nameOf(rule), what: 'failure', action, isErrorAction })
    const count = this.#of(rule)
    count.failure += 1
    this.totals.failure += 1
    count.lastFailure = { at: this.#now(), failedAction, failedResource, errorMessage }
  }

  /** Of a rule that was deleted. */
  forget(rule: CountedRule): void {
    this.#counts.delete(keyOf(rule))
  }

  #add(rule: CountedRule, what: 'topicMatch' | 'matched' | 'success'): RuleCount {
    const count = this.#of(rule)
    count[what] += 1
    this.totals[what] += 1
    return count
  }

  #of(rule: CountedRule): RuleCount {
    const known = this.#counts.get(keyOf(rule))
    if (known) return known
    const count = newCount(rule)
    this.#counts.set(keyOf(rule), count)
    return count
  }
}

const nameOf = ({ accountId, ruleName }: CountedRule): CountedRule => ({ accountId, ruleName })

const keyOf = ({ accountId, ruleName }: CountedRule) => `${accountId}/${ruleName}`

const newCount = ({ ruleName }: CountedRule): RuleCount => ({
  ruleName,
  topicMatch: 0,
  matched: 0,
  success: 0,
  failure: 0,
})
