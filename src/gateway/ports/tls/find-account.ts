import type { DomainConfiguration } from '../../domain-configurations/index.ts'
import type { MaybePromise } from '../../../lib/maybe-promise.ts'
import type { PresentedCertificate } from '../../../lib/presented-certificate.ts'

/** What a handshake tells of whose client has come. */
interface Door {
  /** The configured domain that was asked for, or the endpoint of an account. */
  domain: DomainConfiguration | undefined
  certificate: PresentedCertificate | undefined
}

/** The account of a client; `undefined` when it has been closed. Known at once where there is one account. */
export type FindAccount = (door: Door) => MaybePromise<string | undefined>
