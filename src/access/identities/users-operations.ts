import type * as Iam from '@aws-sdk/client-iam'
import { iamError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import type { Db } from '../../store/index.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { listAccessKeys } from './credentials/access-key-store.ts'
import { rootCaller } from './credentials/callers.ts'
import { checkAttachable } from './documents/attached-policy-store.ts'
import { checkWithoutPolicies } from './documents/check-without-policies.ts'
import {
  createIdentity,
  deleteIdentity,
  getIdentity,
  identityKey,
  listIdentities,
  updateIdentity,
} from './entities/identity-store.ts'
import type { Identity } from './entities/identity.ts'
import { listGroupsOfUser } from './entities/member-store.ts'
import { findLoginProfile } from './people/login-profile-store.ts'
import { listMfaDevicesOfUser } from './people/mfa-device-store.ts'
import { pageOf } from './entities/page.ts'
import { renderBoundary, renderTags, renderUser } from './entities/render-identity.ts'
import { listTags, setTags } from './entities/tag-store.ts'

const kind = 'user'

export function usersOperations(deps: IdentitiesDeps) {
  const { store, now } = deps
  return {
    async CreateUser({ UserName, Path, PermissionsBoundary, Tags = [] }, { accountId }) {
      return await commitChange(deps, accountId, async (db) => {
        if (PermissionsBoundary !== undefined) await checkAttachable(db, accountId, PermissionsBoundary)
        const user = await createIdentity(db, {
          accountId,
          kind,
          name: UserName,
          path: Path,
          boundaryArn: PermissionsBoundary,
          now: now(),
        })
        await setTags(db, { accountId, ownerId: user.identityId }, Tags)
        return {
          arn: user.arn,
          output: { User: { ...renderUser(user), ...renderBoundary(user), ...renderTags(Tags) } },
        }
      })
    },

    async GetUser({ UserName }, context) {
      const { accountId, caller } = context
      if (UserName === undefined && caller.kind === 'root')
        return { User: await describeRoot(store.read, accountId) }
      const user = await getUser(store.read, UserName, context)
      const tags = await listTags(store.read, { accountId, ownerId: user.identityId })
      return { User: { ...renderUser(user), ...renderBoundary(user), ...renderTags(tags) } }
    },

    async ListUsers(input, { accountId }) {
      const users = await listIdentities(store.read, { accountId, kind }, input)
      const { rows, page } = pageOf(users, identityKey, input)
      return { Users: rows.map(renderUser), ...page }
    },

    async UpdateUser({ UserName, NewUserName, NewPath }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const user = await getIdentity(db, { accountId, kind, name: UserName })
        const { arn } = await updateIdentity(db, user, {
          ...(NewUserName === undefined ? {} : { name: NewUserName }),
          ...(NewPath === undefined ? {} : { path: NewPath }),
        })
        return { arn, output: undefined }
      })
    },

    async DeleteUser({ UserName }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const user = await getIdentity(db, { accountId, kind, name: UserName })
        await checkDeletable(db, user)
        await deleteIdentity(db, user)
        return { arn: user.arn, output: undefined }
      })
    },

    async PutUserPermissionsBoundary({ UserName, PermissionsBoundary }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const user = await getIdentity(db, { accountId, kind, name: UserName })
        await checkAttachable(db, accountId, PermissionsBoundary)
        await updateIdentity(db, user, { boundaryArn: PermissionsBoundary })
        return { arn: user.arn, output: undefined }
      })
    },

    async DeleteUserPermissionsBoundary({ UserName }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const user = await getIdentity(db, { accountId, kind, name: UserName })
        await updateIdentity(db, user, { boundaryArn: undefined })
        return { arn: user.arn, output: undefined }
      })
    },
  } satisfies Partial<Operations<typeof Iam>>
}

/**
 * The user of that name; when no name is given, the one that signed.
 * @throws {AwsError} `NoSuchEntityException`; `ValidationError` when it was no user that signed
 */
export function getUser(db: Db, name: string | undefined, context: CallContext): Promise<Identity> {
  return getIdentity(db, { accountId: context.accountId, kind, name: name ?? ownName(context) })
}

function ownName({ caller }: CallContext): string {
  if (caller.kind === 'user' && caller.name !== undefined) return caller.name
  throw iamError('ValidationError', 'Must specify userName when calling with non-User credentials')
}

async function checkDeletable(db: Db, user: Identity): Promise<void> {
  const { accountId, identityId: userId } = user
  await checkWithoutPolicies(db, user)
  if ((await listAccessKeys(db, { accountId, userId })).length > 0)
    throw iamError('DeleteConflictException', 'Cannot delete entity, must delete access keys first.')
  if (await findLoginProfile(db, accountId, userId))
    throw iamError('DeleteConflictException', 'Cannot delete entity, must delete login profile first.')
  if ((await listMfaDevicesOfUser(db, accountId, userId)).length > 0)
    throw iamError('DeleteConflictException', 'Cannot delete entity, must delete MFA virtual device first.')
  if ((await listGroupsOfUser(db, user)).length > 0)
    throw iamError('DeleteConflictException', 'Cannot delete entity, must remove users from group first.')
}

/** assumed: AWS gives the account's alias as the name of root. */
async function describeRoot(db: Db, accountId: string) {
  const [firstKey] = await listAccessKeys(db, { accountId, userId: undefined })
  const { arn, userId } = rootCaller(accountId)
  return {
    Path: '/',
    UserName: 'root',
    UserId: userId,
    Arn: arn,
    CreateDate: firstKey?.createDate ?? new Date(0),
  }
}
