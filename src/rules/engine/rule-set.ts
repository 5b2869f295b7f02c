/** The rules that are switched on, and what they listen to. */
import type { Fabric, Message } from '../../fabric/in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import type { Db } from '../../store/index.ts'
import { findTopicRule, listTopicRules } from '../store.ts'
import type { TopicRule } from '../topic-rule.ts'
import { activate, type ActiveRule } from './active-rule.ts'

interface RuleSetDeps {
  read: Db
  fabric: Pick<Fabric, 'subscribe'>
  region: string
  log: Log
  /** Called within the publisher's own call: must return at once. */
  receive: (rule: ActiveRule, message: Message) => void
  /** A message to `$aws/rules/<name>/...` for a rule that is not there, or switched off. */
  onUnknownRule: (ruleName: string, message: Message) => void
}

const basicIngest = '$aws/rules/'

export class RuleSet implements Disposable {
  readonly #deps: RuleSetDeps
  readonly #rules = new Map<string, ActiveRule>()
  readonly #subscriptions = new Map<string, Disposable>()
  readonly #basicIngest = new Map<string, Disposable>()
  #loading: Promise<unknown> = Promise.resolve()

  constructor(deps: RuleSetDeps) {
    this.#deps = deps
  }

  /**
   * Runs the account's rules, and takes its Basic Ingest messages, for rules that are there and to tell of those that are
   * not. Until what it resolves with is disposed of.
   */
  async serve(accountId: string): Promise<Disposable> {
    const receive = (message: Message) => this.#receiveDirect(message)
    this.#basicIngest.set(accountId, this.#deps.fabric.subscribe(accountId, `${basicIngest}#`, receive))
    await this.#inTurn(async () => {
      for (const rule of await listTopicRules(this.#deps.read, accountId))
        if (!rule.ruleDisabled) this.#put(rule)
    })
    return { [Symbol.dispose]: () => this.#leave(accountId) }
  }

  /**
   * Takes in what the store says about a rule now, and resolves with whether there is one, switched on or off. One at a
   * time, so the last word is the newest.
   */
  async reload(accountId: string, ruleName: string): Promise<boolean> {
    return await this.#inTurn(async () => {
      const rule = await findTopicRule(this.#deps.read, accountId, ruleName)
      if (rule && !rule.ruleDisabled && this.#basicIngest.has(accountId)) this.#put(rule)
      else this.#remove(`${accountId}/${ruleName}`)
      return rule !== undefined
    })
  }

  /** `undefined` when there is none, or it is switched off. */
  find(accountId: string, ruleName: string): ActiveRule | undefined {
    return this.#rules.get(`${accountId}/${ruleName}`)
  }

  [Symbol.dispose](): void {
    for (const listening of [...this.#subscriptions.values(), ...this.#basicIngest.values()])
      listening[Symbol.dispose]()
    this.#subscriptions.clear()
    this.#basicIngest.clear()
    this.#rules.clear()
  }

  #inTurn<T>(load: () => Promise<T>): Promise<T> {
    const loaded = this.#loading.then(load)
    this.#loading = loaded.catch(() => undefined) // the caller hears of it; the next one begins anew
    return loaded
  }

  #leave(accountId: string): void {
    this.#basicIngest.get(accountId)?.[Symbol.dispose]()
    this.#basicIngest.delete(accountId)
    for (const name of this.#rules.keys()) if (name.startsWith(`${accountId}/`)) this.#remove(name)
  }

  #put(rule: TopicRule): void {
    const { accountId, ruleName } = rule
    const name = `${accountId}/${ruleName}`
    const active = this.#activate(rule)
    this.#remove(name)
    if (!active) return
    this.#rules.set(name, active)
    const { topicFilter } = active
    // Basic Ingest goes by the rule's name alone
    if (topicFilter === undefined || topicFilter.startsWith(basicIngest)) return
    const receive = (message: Message) => this.#deps.receive(active, message)
    this.#subscriptions.set(name, this.#deps.fabric.subscribe(accountId, topicFilter, receive))
  }

  #activate(rule: TopicRule): ActiveRule | undefined {
    try {
      return activate(rule, this.#deps.region)
    } catch (error) {
      // one rule that cannot be read must not keep the others, or the server, from starting
      this.#deps.log.error({ error, ruleName: rule.ruleName }, 'a stored rule cannot be run')
      return undefined
    }
  }

  #remove(name: string): void {
    this.#subscriptions.get(name)?.[Symbol.dispose]()
    this.#subscriptions.delete(name)
    this.#rules.delete(name)
  }

  #receiveDirect(message: Message): void {
    const [ruleName = ''] = message.topic.slice(basicIngest.length).split('/', 1)
    const rule = this.find(message.accountId, ruleName)
    if (rule) this.#deps.receive(rule, message)
    else this.#deps.onUnknownRule(ruleName, message)
  }
}
