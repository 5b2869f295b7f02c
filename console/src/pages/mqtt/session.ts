/** One person's MQTT session as the page shows it. Comes back by itself when the connection breaks. */
import { ApiError } from '../../api/call.ts'
import { openGuest, DenialError, type Denial, type Guest, type Identity, type Publication } from './guest.ts'
import { Traffic, type Message, type TopicStats } from './traffic.ts'

export interface Subscription {
  filter: string
  qos: 0 | 1 | 2
  /** One of `hues` colours. */
  hue: number
}

export interface Snapshot {
  state: 'connecting' | 'connected' | 'disconnected'
  /** What the connection is called. */
  clientId: string | undefined
  /** Why there is no connection. */
  error: unknown
  subscriptions: readonly Subscription[]
  /** The oldest first. */
  messages: readonly Message[]
  topics: readonly TopicStats[]
  total: number
  unlisted: number
  isPaused: boolean
  /** The newest first, each once. */
  denials: readonly Denial[]
}

export const hues = 8
/** The page is drawn anew so often at most. */
const drawEveryMs = 150
const maxDenials = 10
const firstRetryMs = 1000
const longestRetryMs = 30_000

export class MqttSession implements Disposable {
  readonly #identity: Identity
  readonly #listeners = new Set<() => void>()
  #traffic = new Traffic()
  #guest: Guest | undefined
  #subscriptions: readonly Subscription[] = []
  #denials: readonly Denial[] = []
  #state: Snapshot['state'] = 'connecting'
  #clientId: string | undefined
  #error: unknown
  #isPaused = false
  #isEnded = false
  #isOpening = false
  #retryMs = firstRetryMs
  #retry: ReturnType<typeof setTimeout> | undefined
  #drawing: ReturnType<typeof setTimeout> | undefined
  #nextHue = 0
  #snapshot: Snapshot

  constructor(identity: Identity) {
    this.#identity = identity
    this.#snapshot = this.#draw()
  }

  readonly subscribeToChanges = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly getSnapshot = (): Snapshot => this.#snapshot

  readonly connect = async (): Promise<void> => {
    clearTimeout(this.#retry)
    if (this.#isOpening || this.#guest) return
    this.#isOpening = true
    this.#set('connecting')
    try {
      const guest: Guest = await openGuest(this.#identity, {
        onConnected: (clientId) => void this.#connected(clientId),
        onMessage: (message) => {
          this.#traffic.add(message)
          this.#changed()
        },
        onDenied: (denial) => this.#denied(denial),
        onClosed: () => this.#closed(guest),
      })
      if (this.#isEnded) guest[Symbol.dispose]()
      else this.#guest = guest
    } catch (error) {
      this.#error = error
      this.#set('disconnected')
      if (!(error instanceof ApiError)) this.#connectLater() // what the server refuses it would refuse again
    } finally {
      this.#isOpening = false
    }
  }

  readonly disconnect = (): void => {
    clearTimeout(this.#retry)
    const guest = this.#guest
    this.#guest = undefined
    this.#set('disconnected')
    guest?.[Symbol.dispose]()
  }

  readonly subscribe = async (filter: string, qos: 0 | 1 | 2): Promise<void> => {
    await this.#connectedGuest()
      .subscribe(filter, qos)
      .catch((error: unknown) => this.#refused(error))
    const known = this.#subscriptions.find((one) => one.filter === filter)
    const hue = known?.hue ?? this.#nextHue++ % hues
    this.#subscriptions = [...this.#subscriptions.filter((one) => one !== known), { filter, qos, hue }]
    this.#changed()
  }

  readonly unsubscribe = async (filter: string): Promise<void> => {
    this.#subscriptions = this.#subscriptions.filter((one) => one.filter !== filter)
    this.#changed()
    await this.#guest?.unsubscribe(filter)
  }

  readonly publish = async (publication: Publication): Promise<void> => {
    await this.#connectedGuest()
      .publish(publication)
      .catch((error: unknown) => this.#refused(error))
  }

  readonly pause = (isPaused: boolean): void => {
    this.#isPaused = isPaused
    this.#changed()
  }

  readonly clear = (): void => {
    this.#traffic.clear()
    this.#isPaused = false
    this.#changed()
  }

  readonly dismissDenials = (): void => {
    this.#denials = []
    this.#changed()
  };

  [Symbol.dispose](): void {
    this.#isEnded = true
    this.disconnect()
    clearTimeout(this.#drawing)
  }

  #connectedGuest(): Guest {
    if (this.#guest && this.#state === 'connected') return this.#guest
    throw new Error('there is no connection')
  }

  async #connected(clientId: string): Promise<void> {
    this.#clientId = clientId
    this.#error = undefined
    this.#retryMs = firstRetryMs
    this.#set('connected')
    for (const { filter, qos } of this.#subscriptions)
      await this.#guest?.subscribe(filter, qos).catch((error: unknown) => this.#lost(filter, error))
  }

  /** A subscription that could not be made again. */
  #lost(filter: string, error: unknown): void {
    this.#subscriptions = this.#subscriptions.filter((one) => one.filter !== filter)
    if (error instanceof DenialError) this.#denied(error.denial)
  }

  #closed(guest: Guest): void {
    if (guest !== this.#guest || this.#isEnded) return
    const wasConnected = this.#state === 'connected'
    this.#guest = undefined
    this.#set('disconnected')
    if (wasConnected) this.#connectLater() // else it was refused
  }

  #connectLater(): void {
    if (this.#isEnded) return
    this.#retry = setTimeout(() => void this.connect(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
  }

  #refused(error: unknown): never {
    if (error instanceof DenialError) this.#denied(error.denial)
    throw error
  }

  #denied(denial: Denial): void {
    const others = this.#denials.filter(({ reason }) => reason !== denial.reason)
    this.#denials = [denial, ...others].slice(0, maxDenials)
    this.#changed()
  }

  #set(state: Snapshot['state']): void {
    this.#state = state
    this.#changed()
  }

  #changed(): void {
    if (this.#isEnded) return
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined
      this.#snapshot = this.#draw()
      for (const listener of this.#listeners) listener()
    }, drawEveryMs)
  }

  /** While it is paused what came stays as it was, and what comes is kept. */
  #draw(): Snapshot {
    const shown = this.#snapshot
    const isStill = this.#isPaused && shown?.isPaused
    const { messages, topics, total, unlisted } = isStill ? shown : this.#traffic
    return {
      state: this.#state,
      clientId: this.#clientId,
      error: this.#error,
      subscriptions: this.#subscriptions,
      messages: isStill ? messages : [...messages],
      topics,
      total,
      unlisted,
      isPaused: this.#isPaused,
      denials: this.#denials,
    }
  }
}
