/** People: who signs in with a password, whose session lives, whose second factor is proven. */
import type { Caller } from '../../../api/aws/caller.ts'
import { stsError } from '../../../api/aws/errors.ts'
import { Guessing } from '../../../lib/guessing.ts'
import type { Db, Store } from '../../../store/index.ts'
import { ChangeCache } from '../authorization/change-cache.ts'
import { identityIdOf, userCaller } from '../credentials/callers.ts'
import { findIdentityById } from '../entities/identity-store.ts'
import { findLoginProfile } from './login-profile-store.ts'
import { getMfaDevice } from './mfa-device-store.ts'
import { spendCode } from './second-factor.ts'
import { signInPerson, type PersonSignIn, type SignInDeps, type SignInOutcome } from './sign-in.ts'

interface Person {
  caller: Caller
  /** A session is bound to the password that it began with. */
  passwordChangedAt: Date
}

export interface PeopleCalls {
  /**
   * Judges a password, and a code where the user has a device for it.
   * @throws {AwsError} about a new password, once the present one was right
   */
  signInPerson: (request: PersonSignIn) => Promise<SignInOutcome>
  /** Of a user who has a password; from memory until something is changed. */
  findPerson: (accountId: string, userId: string) => Promise<Person | undefined>
  /** Resolves with the time. @throws {AwsError} `AccessDenied` for a code that is not the caller's, or was used */
  proveSecondFactor: (caller: Caller, factor: SecondFactor) => Promise<Date>
}

const maxCachedPeople = 1000

/** `clear` forgets what was loaded: something was changed. */
export function openPeople(deps: SignInDeps): { calls: PeopleCalls; clear: () => void } {
  const { store, now, isOpen } = deps
  const people = new ChangeCache<Person>(maxCachedPeople)
  const factors = new SecondFactors(store, now)
  return {
    clear: () => people.clear(),
    calls: {
      signInPerson: (request) => signInPerson(deps, request),
      findPerson: (accountId, userId) =>
        people.get(`${accountId} ${userId}`, async () =>
          isOpen(accountId) ? loadPerson(store.read, accountId, userId) : undefined,
        ),
      proveSecondFactor: (caller, factor) => factors.prove(caller, factor),
    },
  }
}

/** `undefined` when the user is gone, or has no password any more. */
async function loadPerson(db: Db, accountId: string, userId: string): Promise<Person | undefined> {
  const user = await findIdentityById(db, accountId, userId)
  const profile = user && (await findLoginProfile(db, accountId, userId))
  return profile && { caller: userCaller(user), passwordChangedAt: profile.changedAt }
}

interface SecondFactor {
  /** The ARN of a device of the caller. */
  serialNumber: string
  code: string
}

/** Codes come by signed calls too, where nobody counts who tries. */
class SecondFactors {
  readonly #store: Store
  readonly #now: () => Date
  readonly #guessing: Guessing

  constructor(store: Store, now: () => Date) {
    this.#store = store
    this.#now = now
    this.#guessing = new Guessing(now)
  }

  /**
   * Resolves with the time at which the caller proved it.
   * @throws {AwsError} `AccessDenied`, whatever is wrong with it
   */
  async prove(caller: Caller, { serialNumber, code }: SecondFactor): Promise<Date> {
    const subjects = { key: serialNumber }
    const now = this.#now()
    const isProven =
      this.#guessing.secondsToWait(subjects) === 0 &&
      (await this.#store.transact((db) => this.#spend(db, caller, { serialNumber, code }, now)))
    if (isProven) {
      this.#guessing.succeeded(subjects)
      return now
    }
    this.#guessing.failed(subjects)
    throw stsError('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code.')
  }

  async #spend(db: Db, caller: Caller, { serialNumber, code }: SecondFactor, now: Date): Promise<boolean> {
    const device = await getMfaDevice(db, caller.accountId, serialNumber).catch(() => undefined)
    if (!device || device.userId === undefined || device.userId !== identityIdOf(caller)) return false
    return spendCode(db, device, code, { secrets: this.#store.secrets, now })
  }
}
