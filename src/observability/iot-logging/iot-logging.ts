/**
 * Writes what happens to devices into the account's log group, as far as the account wants it. `log` returns at once;
 * while no account has logging on, it costs one look at a boolean.
 */
import { randomUUID } from 'node:crypto'
import type { Fabric, Message } from '../../fabric/in-process/index.ts'
import type { Identities } from '../../access/identities/index.ts'
import type { JournalEntry } from '../journal/index.ts'
import type { Log } from '../../lib/log.ts'
import { logStreamArn, type Logs } from '../logs/index.ts'
import type { Store } from '../../store/index.ts'
import { GroupLookup, type FindGroups } from './group-lookup.ts'
import { formatEntry, type IotLogEntry } from './iot-log-entry.ts'
import { toIotLogEntry } from './journal-events.ts'
import {
  admits,
  decideLevel,
  defaultLogGroup,
  destinationOf,
  toSettings,
  type LoggingOptions,
  type LoggingSettings,
} from './logging-settings.ts'
import { findOptions, listConfiguredAccounts, listLevels } from './store.ts'

export interface IotLoggingDeps {
  store: Pick<Store, 'read'>
  logs: Pick<Logs, 'append'>
  fabric: Pick<Fabric, 'subscribe' | 'onChange'>
  /** The logging role must be one that AWS IoT may take on and that may write the log. */
  identities: Pick<Identities, 'assumeServiceRole' | 'decide'>
  groupsOfThing: FindGroups
  region: string
  now: () => Date
  log: Pick<Log, 'warn' | 'error'>
}

export interface IotLogging extends AsyncDisposable {
  log: (entry: IotLogEntry) => void
  /** For the journal to offer its entries to. */
  fromJournal: (entry: JournalEntry) => void
  /** False while nothing would be written, whatever it is: callers on a hot path need not make an entry. */
  readonly isOn: boolean
  /** Takes in what was committed about an account's logging. */
  reload: (accountId: string) => Promise<void>
}

interface Account extends LoggingSettings {
  /** The log groups that the role may write to. */
  writableGroups: ReadonlySet<string>
  /** Sees every published message; there only when someone may want to read of them. */
  messages?: Disposable
}

/** Resolves when the settings of every account are loaded. */
export async function createIotLogging(deps: IotLoggingDeps): Promise<IotLogging> {
  const logging = new AccountLogging(deps)
  for (const accountId of await listConfiguredAccounts(deps.store.read)) await logging.reload(accountId)
  return logging
}

class AccountLogging implements IotLogging {
  isOn = false
  readonly #deps: IotLoggingDeps
  readonly #accounts = new Map<string, Account>()
  readonly #groups: GroupLookup
  readonly #changes: Disposable
  readonly #streamId = randomUUID()
  #reloading: Promise<void> = Promise.resolve()

  constructor(deps: IotLoggingDeps) {
    this.#deps = deps
    this.#groups = new GroupLookup(deps.groupsOfThing)
    this.#changes = deps.fabric.onChange(({ accountId, kind }) => {
      if (kind === 'thing-group' || kind === 'thing') this.#groups.clear()
      const isConcerned = kind === 'logging-options' || (kind === 'identity' && this.#accounts.has(accountId))
      return isConcerned ? this.reload(accountId) : undefined
    })
  }

  log = (entry: IotLogEntry): void => {
    if (!this.isOn) return
    const account = this.#accounts.get(entry.accountId)
    if (!account || !admits(account.mostVerbose, entry.level)) return
    const at = entry.at ?? this.#deps.now()
    const thingName = entry.thingName ?? entry.clientId
    if (!account.hasGroupLevels || thingName === undefined) this.#write(account, entry, { at, groups: [] })
    else
      this.#groups.find(entry.accountId, thingName, (groups) => this.#write(account, entry, { at, groups }))
  }

  fromJournal = (entry: JournalEntry): void => {
    if (!this.isOn) return
    const logged = toIotLogEntry(entry)
    if (logged) this.log(logged)
  }

  reload = async (accountId: string): Promise<void> => {
    this.#reloading = this.#reloading.then(
      () => this.#load(accountId),
      () => this.#load(accountId), // whoever waits for the failed one hears of it
    )
    await this.#reloading
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#changes[Symbol.dispose]()
    for (const { messages } of this.#accounts.values()) messages?.[Symbol.dispose]()
    this.isOn = false
    await this.#groups.idle()
  }

  async #load(accountId: string): Promise<void> {
    const { store } = this.#deps
    const options = await findOptions(store.read, accountId)
    if (!options) return
    const settings = toSettings(options, await listLevels(store.read, accountId))
    const writableGroups = new Set<string>()
    for (const group of new Set([defaultLogGroup, ...destinations(options)]))
      if (settings.mostVerbose !== 'DISABLED' && (await this.#mayWrite(options, group)))
        writableGroups.add(group)
    this.#accounts.get(accountId)?.messages?.[Symbol.dispose]()
    const account: Account = { ...settings, writableGroups }
    if (writableGroups.size > 0 && admits(settings.mostVerbose, 'INFO'))
      account.messages = this.#deps.fabric.subscribe(accountId, '#', (message) => this.#logMessage(message))
    this.#accounts.set(accountId, account)
    this.isOn = [...this.#accounts.values()].some((one) => one.writableGroups.size > 0)
  }

  /** Asked when something changes, not for every entry. */
  async #mayWrite({ accountId, roleArn }: LoggingOptions, group: string): Promise<boolean> {
    const { identities, region, log } = this.#deps
    try {
      const role = { accountId, roleArn, service: 'iot.amazonaws.com', sessionName: 'logging' }
      const caller = await identities.assumeServiceRole(role)
      const resource = logStreamArn({ accountId, region }, group, this.#streamName(accountId))
      for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) {
        const { effect } = await identities.decide(caller, { action, resource })
        if (effect === 'allow') continue
        log.warn({ roleArn, action, resource }, 'the logging role may not write: AWS IoT logging is off')
        return false
      }
      return true
    } catch (error) {
      log.warn({ error, roleArn }, 'the logging role cannot be used: AWS IoT logging is off')
      return false
    }
  }

  #write(
    account: Account,
    entry: IotLogEntry,
    { at, groups }: { at: Date; groups: readonly string[] },
  ): void {
    if (!admits(decideLevel(account, entry, groups), entry.level)) return
    const logGroupName = destinationOf(account, entry.eventType)
    if (!account.writableGroups.has(logGroupName)) return
    const { accountId, traceId = randomUUID() } = entry
    const events = [{ timestamp: at, message: formatEntry(entry, at, traceId) }]
    this.#deps.logs.append({ accountId, logGroupName, logStreamName: this.#streamName(accountId), events })
  }

  /** What Muster publishes itself has no publisher. */
  #logMessage({ accountId, topic: topicName, publisher }: Message): void {
    if (!publisher) return
    const { clientId, principal: principalId, sourceIp } = publisher
    const by = { clientId, principalId, sourceIp, protocol: clientId === undefined ? 'HTTP' : 'MQTT' }
    this.log({ accountId, level: 'INFO', eventType: 'Publish-In', status: 'Success', topicName, ...by })
  }

  /** assumed: a new one for each start. */
  #streamName = (accountId: string): string => `${this.#streamId}_${accountId}_0`
}

const destinations = ({ eventConfigurations }: LoggingOptions): string[] =>
  eventConfigurations.flatMap(({ logDestination }) => logDestination ?? [])
