import { findCertificate } from '../../pki/certificates/index.ts'
import type { Change, Fabric } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { defaultAdmissionLimits, type AdmissionLimits } from './admission-limits.ts'

export interface HoldsDeps {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'onChange'>
  limits?: Partial<AdmissionLimits> | undefined
}

/** First connections that are held open until a rule has decided about their certificates. */
export class Holds {
  readonly #deps: HoldsDeps
  readonly #holdMs: number
  /** What lets go of each, by account and certificate id. */
  readonly #releases = new Map<string, () => void>()
  #listening: Disposable | undefined

  constructor(deps: HoldsDeps) {
    this.#deps = deps
    this.#holdMs = { ...defaultAdmissionLimits, ...deps.limits }.firstConnectionHoldMs
  }

  /** Resolves once the certificate is not pending any more, or when the time is up. Ask once a certificate. */
  wait(accountId: string, certificateId: string): Promise<void> {
    const key = `${accountId}/${certificateId}`
    this.#listening ??= this.#deps.fabric.onChange((change) => this.#look(change))
    return new Promise((resolve) => {
      const release = () => {
        if (this.#releases.get(key) !== release) return // let go already
        clearTimeout(timer)
        this.#releases.delete(key)
        if (this.#releases.size === 0) this.#stopListening()
        resolve()
      }
      const timer = setTimeout(release, this.#holdMs).unref()
      this.#releases.set(key, release)
      this.#releaseDecided(accountId, certificateId, release).catch(release) // it may have been decided just now
    })
  }

  #look({ kind, accountId, id }: Change): void | Promise<void> {
    if (kind !== 'certificate') return
    const release = this.#releases.get(`${accountId}/${id}`)
    if (release) return this.#releaseDecided(accountId, id, release)
  }

  async #releaseDecided(accountId: string, certificateId: string, release: () => void): Promise<void> {
    const certificate = await findCertificate(this.#deps.store.read, accountId, certificateId)
    if (certificate?.status !== 'PENDING_ACTIVATION') release()
  }

  #stopListening(): void {
    this.#listening?.[Symbol.dispose]()
    this.#listening = undefined
  }
}
