/** Names of what works of onboarding decide about, for `Store.transact`: works that share none may be done side by side. */
import { workOnCertificate } from '../../pki/certificates/index.ts'
import { workOnThing } from '../../registry/things/index.ts'

export interface Subjects {
  /** 64 hex digits; absent where there is none. */
  certificateId?: string | undefined
  thingName?: string | undefined
}

/** All else that such a work uses it only asks for, or adds to a number; who changes that runs alone. */
export const namesOf = (accountId: string, { certificateId, thingName }: Subjects): string[] => [
  ...(certificateId === undefined ? [] : [workOnCertificate(accountId, certificateId)]),
  ...(thingName === undefined ? [] : [workOnThing(accountId, thingName)]),
]
