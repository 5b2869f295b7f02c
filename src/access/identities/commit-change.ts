import { commitChanges, type Fabric } from '../../fabric/in-process/index.ts'
import type { Db, Store } from '../../store/index.ts'
import type { PasswordCost } from './people/password-hash.ts'

/** What the handlers of iam and sts need. */
export interface IdentitiesDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
  /** Of new hashes, when it is another than OWASP's. */
  passwordCost?: PasswordCost
}

/** `arn` names the identity or policy that was changed. */
interface Changed<Output> {
  arn: string
  output: Output
}

/**
 * Runs `work` as one transaction and resolves with its output once it is durable and every cache of policies and
 * credentials has heard of it: who is answered finds the change in force.
 */
export async function commitChange<Output>(
  { store, fabric }: Pick<IdentitiesDeps, 'store' | 'fabric'>,
  accountId: string,
  work: (db: Db) => Promise<Changed<Output>>,
): Promise<Output> {
  const changesOf = ({ arn: id }: Changed<Output>) => [{ accountId, kind: 'identity' as const, id }]
  const { output } = await commitChanges({ store, fabric }, changesOf, work)
  return output
}
