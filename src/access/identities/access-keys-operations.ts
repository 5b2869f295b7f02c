import type * as Iam from '@aws-sdk/client-iam'
import { iamError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import type { Db } from '../../store/index.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import {
  createAccessKey,
  deleteAccessKey,
  listAccessKeys,
  updateAccessKey,
  type KeyOwner,
} from './credentials/access-key-store.ts'
import { rootCaller } from './credentials/callers.ts'
import { pageOf } from './entities/page.ts'
import { getUser } from './users-operations.ts'

export function accessKeysOperations(deps: IdentitiesDeps) {
  const { store, now } = deps
  return {
    async CreateAccessKey({ UserName }, context) {
      return await commitChange(deps, context.accountId, async (db) => {
        const owner = await getKeyOwner(db, UserName, context)
        const key = await createAccessKey(db, owner, { secrets: store.secrets, now: now() })
        const rendered = {
          UserName: owner.name,
          AccessKeyId: key.accessKeyId,
          Status: key.status,
          SecretAccessKey: key.secretAccessKey,
          CreateDate: key.createDate,
        }
        return { arn: owner.arn, output: { AccessKey: rendered } }
      })
    },

    async ListAccessKeys(input, context) {
      const owner = await getKeyOwner(store.read, input.UserName, context)
      const keys = await listAccessKeys(store.read, owner)
      const { rows, page } = pageOf(keys, (key) => String(keys.indexOf(key)), input)
      return {
        AccessKeyMetadata: rows.map((key) => ({
          UserName: owner.name,
          AccessKeyId: key.accessKeyId,
          Status: key.status,
          CreateDate: key.createDate,
        })),
        ...page,
      }
    },

    async UpdateAccessKey({ UserName, AccessKeyId, Status }, context) {
      if (Status !== 'Active' && Status !== 'Inactive')
        throw iamError('ValidationError', `Status must be Active or Inactive, got ${Status}`)
      await commitChange(deps, context.accountId, async (db) => {
        const owner = await getKeyOwner(db, UserName, context)
        await updateAccessKey(db, owner, AccessKeyId, Status)
        return { arn: owner.arn, output: undefined }
      })
    },

    async DeleteAccessKey({ UserName, AccessKeyId }, context) {
      await commitChange(deps, context.accountId, async (db) => {
        const owner = await getKeyOwner(db, UserName, context)
        await deleteAccessKey(db, owner, AccessKeyId)
        return { arn: owner.arn, output: undefined }
      })
    },
  } satisfies Partial<Operations<typeof Iam>>
}

/** Without a user name the caller's own keys are meant: those of the user, or of root. */
async function getKeyOwner(
  db: Db,
  userName: string | undefined,
  context: CallContext,
): Promise<KeyOwner & { arn: string; name: string }> {
  const { accountId, caller } = context
  if (userName === undefined && caller.kind === 'root')
    return { accountId, userId: undefined, arn: rootCaller(accountId).arn, name: 'root' }
  const user = await getUser(db, userName, context)
  return { accountId, userId: user.identityId, arn: user.arn, name: user.name }
}
