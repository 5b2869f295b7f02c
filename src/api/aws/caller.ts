/** Who signed a request, or in whose name Muster itself acts (a role assumed by a service). */
export interface Caller {
  accountId: string
  kind: 'root' | 'user' | 'assumed-role'
  /** `arn:aws:iam::<account>:root`, `...:user/<path><name>`, or `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  arn: string
  /** What GetCallerIdentity shows: the account id, `AIDA...`, or `AROA...:<session>`. */
  userId: string
  /** The user's or role's name; absent for root. */
  name?: string
  /** JSON text of the policy that narrows an assumed role's session. */
  sessionPolicy?: string
  /** What whoever made the session knew of it, by condition key, e.g. `credentials-iot:ThingName`. */
  sessionContext?: Readonly<Record<string, string>>
  /** When a second factor was proven; null for a session without one, absent for long-term credentials. */
  mfaAt?: Date | null
}
