/**
 * Tells that something of the registry was made, changed, or deleted: an event is a row of the transaction that changes
 * it, and is published after that. Source: AWS IoT Developer Guide, "Event messages", "Registry events".
 */
import { randomUUID } from 'node:crypto'
import type { Fabric } from '../../fabric/in-process/index.ts'
import type { ArnScope } from '../../lib/arn.ts'
import type { ForEachAccount } from '../../lib/for-each-account.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import { sweepEachMinute } from '../../lib/sweep.ts'
import { originOf, type Db, type Store } from '../../store/index.ts'
import type { RegistryEventType } from './event-types.ts'
import { Publisher, type PublisherDeps } from './publisher.ts'
import { findConfigurations, insertEvent, listWaiting } from './store.ts'

/** What became of a thing, a type, or a group. */
export type ResourceOperation = 'CREATED' | 'UPDATED' | 'DELETED'
/** What became of a membership, of a place in a hierarchy, or of the type of a thing. */
export type AssociationOperation = 'ADDED' | 'REMOVED'

/** What an event says beside `eventType`, `eventId`, and `timestamp`. */
export interface EventText {
  topic: string
  members: Record<string, unknown>
}

export interface RegistryEventsDeps extends PublisherDeps {
  store: Store
  fabric: Pick<Fabric, 'publish' | 'onChange'>
  forEachAccount: ForEachAccount
  region: string
  now: () => Date
}

export interface RegistryEvents extends AsyncDisposable {
  /** Publishes what waits, now and when it is left: once whoever listens is there. */
  resume: () => void
  /** Another node has left some. */
  look: () => void
}

/** Who takes in the events of transactions, by what they write with. */
const sinks = new WeakMap<Db, Sink>()

/**
 * Notes the event in the transaction of `db`, if the account has its type switched on; `describe` is asked only then.
 * What is undone is never told.
 */
export function noteEvent(
  db: Db,
  accountId: string,
  eventType: RegistryEventType,
  describe: (scope: ArnScope) => MaybePromise<EventText>,
): MaybePromise<void> {
  const sink = sinks.get(originOf(db))
  if (sink?.wants(accountId, eventType)) return sink.note(db, { accountId, eventType, describe })
}

/** From now on events of this store are noted, and published once they are asked to be. */
export async function openRegistryEvents(deps: RegistryEventsDeps): Promise<RegistryEvents> {
  const { store, fabric, forEachAccount, log } = deps
  await using stack = new AsyncDisposableStack()
  const sink = new Sink(deps)
  stack.use(
    await forEachAccount(async (accountId) => {
      await sink.load(accountId)
      return { [Symbol.dispose]: () => sink.forget(accountId) }
    }),
  )
  stack.use(
    fabric.onChange(async ({ kind, accountId: changed }) => {
      if (kind === 'event-configurations') await sink.load(changed)
    }),
  )
  const written = await store.transact((db) => Promise.resolve({ db }))
  sinks.set(originOf(written.db), sink)
  stack.defer(() => {
    sinks.delete(originOf(written.db))
    return sink.publisher.close()
  })
  const held = stack.move()
  const onError = (error: unknown) =>
    log.error({ err: error }, 'events of the registry could not be looked for')
  return {
    resume: () => void held.use(sweepEachMinute(() => sink.look(), onError)),
    look: () => void sink.look().catch(onError),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

interface Noted {
  accountId: string
  eventType: RegistryEventType
  describe: (scope: ArnScope) => MaybePromise<EventText>
}

class Sink {
  readonly publisher: Publisher
  readonly #deps: RegistryEventsDeps
  /** Types that are switched on, by account. */
  readonly #enabled = new Map<string, ReadonlySet<string>>()

  constructor(deps: RegistryEventsDeps) {
    this.#deps = deps
    this.publisher = new Publisher(deps)
  }

  wants(accountId: string, eventType: string): boolean {
    return this.#enabled.get(accountId)?.has(eventType) ?? false
  }

  async load(accountId: string): Promise<void> {
    const found = await findConfigurations(this.#deps.store.read, accountId)
    this.#enabled.set(accountId, new Set(found?.enabled))
  }

  forget(accountId: string): void {
    this.#enabled.delete(accountId)
  }

  /** Writes nothing unless there is something to publish. */
  async look(): Promise<void> {
    const { store, nodeName } = this.#deps
    if ((await listWaiting(store.read, nodeName, 1)).length > 0) this.publisher.wake()
  }

  async note(db: Db, { accountId, eventType, describe }: Noted): Promise<void> {
    const { region, now, nodeName } = this.#deps
    const { topic, members } = await describe({ accountId, region })
    const head = { eventType: `${eventType}_EVENT`, eventId: randomUUID(), timestamp: now().getTime() }
    const payload = JSON.stringify({ ...head, ...members })
    await insertEvent(db, { accountId, topic: `$aws/events/${topic}`, payload }, nodeName)
    this.publisher.wake()
  }
}
