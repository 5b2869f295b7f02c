/**
 * RSA keys made ahead: one takes some 50 ms of a processor. From the first that is asked for on, some more are made
 * while nobody else wants the processor.
 */
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

/** Of 2048 bits. */
export interface RsaKeyPem {
  /** PKCS #1. */
  privateKeyPem: string
  publicKeyPem: string
}

/** Keys that lie ready at most; they are in memory alone, and nobody has seen them. */
const maxReady = 16

/** Of the four threads of the thread pool: commits need one of them, too. */
const maxMadeAtOnce = 2

export class KeysAhead implements AsyncDisposable {
  readonly #ready: RsaKeyPem[] = []
  readonly #waiting: (() => void)[] = []
  #making = 0
  #maker: Worker | undefined

  /** Each key is given out once. */
  async take(): Promise<RsaKeyPem> {
    const ready = this.#ready.pop()
    this.#refill()
    return ready ?? this.#makeNow()
  }

  get ready(): number {
    return this.#ready.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#maker?.terminate()
  }

  #refill(): void {
    if (this.#maker || this.#ready.length > maxReady / 2) return
    const maker = new Worker(new URL('./key-maker.mjs', import.meta.url), {
      workerData: maxReady - this.#ready.length,
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 },
    })
    maker.unref()
    maker.on('message', (key: RsaKeyPem) => this.#ready.push(key))
    maker.on('error', () => {}) // then keys are made when they are asked for, as the first one is
    maker.on('exit', (code) => {
      this.#maker = undefined
      if (code === 0) this.#refill() // many may have been taken meanwhile
    })
    this.#maker = maker
  }

  async #makeNow(): Promise<RsaKeyPem> {
    if (this.#making === maxMadeAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#making += 1
    try {
      return this.#ready.pop() ?? (await makeKey())
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#making -= 1
    }
  }
}

async function makeKey(): Promise<RsaKeyPem> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  return { publicKeyPem: publicKey, privateKeyPem: privateKey }
}
