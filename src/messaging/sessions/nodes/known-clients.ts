/**
 * Which clients may have a session that outlives its connection, at whichever node, so that the database need not be asked about each
 * client that connects. It knows too many rather than too few: those of sessions that have ended, and whoever has the same
 * number. See docs/decisions/0050-nodes-know-who-has-a-session.md.
 */
import type { Log } from '../../../lib/log.ts'
import { NumberSet } from '../../../lib/number-set.ts'
import { hashBasis, hashText, mixHash } from '../../../lib/text-hash.ts'
import type { ClientName } from './session-nodes.ts'

export interface KnownClientsDeps {
  /** Of all sessions there are, as pages. */
  list: () => AsyncIterable<readonly ClientName[]>
  log: Pick<Log, 'error'>
}

/** It is read anew when there are so many that it may not have to know. */
const fewEnough = 10_000

const slash = 0x2f
const salt = 0x2545f491

const numberOf = ({ accountId, clientId }: ClientName): number =>
  mixHash(hashText(hashText(hashBasis, accountId), clientId, slash), salt)

export class KnownClients {
  readonly #deps: KnownClientsDeps
  /** Undefined before they were read. */
  #known: NumberSet | undefined
  #sizeWhenRead = 0
  /** What is being read, and has been added meanwhile. */
  #reading: NumberSet | undefined
  #whenRead: Promise<void> = Promise.resolve()

  constructor(deps: KnownClientsDeps) {
    this.#deps = deps
  }

  /** False when no node has a session of it, nor begins one before it has been added here. */
  mayHave(client: ClientName): boolean {
    return this.#known?.has(numberOf(client)) ?? true
  }

  add(client: ClientName): void {
    const number = numberOf(client)
    this.#known?.add(number)
    this.#reading?.add(number)
  }

  /** Somebody begins sessions without a word: nothing is known until they are read again. */
  forget(): void {
    this.#known = undefined
    this.#reading = undefined
  }

  /** Reads no more. */
  async close(): Promise<void> {
    this.forget()
    await this.#whenRead
  }

  /** Unless they are known, and not many more than there were. */
  read(): Promise<void> {
    const isFit = this.#known && this.#known.size < 2 * this.#sizeWhenRead + fewEnough
    if (!isFit && !this.#reading) this.#whenRead = this.#readAll()
    return this.#whenRead
  }

  async #readAll(): Promise<void> {
    const reading = new NumberSet()
    this.#reading = reading
    try {
      for await (const page of this.#deps.list()) {
        if (this.#reading !== reading) return // it was forgotten
        for (const client of page) reading.add(numberOf(client))
      }
      this.#known = reading
      this.#sizeWhenRead = reading.size
    } catch (error) {
      this.#deps.log.error({ error }, 'who has a session could not be read')
    } finally {
      if (this.#reading === reading) this.#reading = undefined
    }
  }
}
