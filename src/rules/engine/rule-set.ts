/** The rules that are switched on, and what they listen to. */
import type { Fabric, Message } from '../../fabric/index.ts'
import type { Log } from '../../lib/log.ts'
import type { Db } from '../../store/index.ts'
import { findTopicRule, listEnabledRules } from '../store.ts'
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

  async loadAll(): Promise<void> {
    for (const rule of await listEnabledRules(this.#deps.read)) this.#put(rule)
  }

  /**
   * Takes in what the store says about a rule now, and resolves with whether there is one, switched on or off. One at a
   * time, so the last word is the newest.
   */
  async reload(accountId: string, ruleName: string): Promise<boolean> {
    const load = async () => {
      const rule = await findTopicRule(this.#deps.read, accountId, ruleName)
      if (rule && !rule.ruleDisabled) this.#put(rule)
      else this.#remove(`${accountId}/${ruleName}`)
      return rule !== undefined
    }
    const loaded = this.#loading.then(load)
    this.#loading = loaded.catch(() => undefined) // the caller hears of it; the next one begins anew
    return await loaded
  }

  /** `undefined` when there is none, or it is switched off. */
  find(accountId: string, ruleName: string): ActiveRule | undefined {
    return this.#rules.get(`${accountId}/${ruleName}`)
  }

  /** Takes the account's Basic Ingest messages, for rules that are there and to tell of those that are not. */
  listenForBasicIngest(accountId: string): void {
    if (this.#basicIngest.has(accountId)) return
    const receive = (message: Message) => this.#receiveDirect(message)
    this.#basicIngest.set(accountId, this.#deps.fabric.subscribe(accountId, `${basicIngest}#`, receive))
  }

  [Symbol.dispose](): void {
    for (const listening of [...this.#subscriptions.values(), ...this.#basicIngest.values()])
      listening[Symbol.dispose]()
    this.#subscriptions.clear()
    this.#basicIngest.clear()
    this.#rules.clear()
  }

  #put(rule: TopicRule): void {
    const { accountId, ruleName } = rule
    const name = `${accountId}/${ruleName}`
    const active = this.#activate(rule)
    this.#remove(name)
    if (!active) return
    this.#rules.set(name, active)
    this.listenForBasicIngest(accountId)
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
