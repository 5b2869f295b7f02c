import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import type { Identity } from '../entities/identity.ts'
import { listAttachedPolicyArns } from './attached-policy-store.ts'
import { listInlinePolicies } from './inline-policy-store.ts'

/** @throws {AwsError} `DeleteConflictException` while the identity has policies, attached or inline */
export async function checkWithoutPolicies(db: Db, identity: Identity): Promise<void> {
  if ((await listAttachedPolicyArns(db, identity)).length > 0)
    throw iamError('DeleteConflictException', 'Cannot delete entity, must detach all policies first.')
  if ((await listInlinePolicies(db, identity)).length > 0)
    throw iamError('DeleteConflictException', 'Cannot delete entity, must delete policies first.')
}
