import type * as Iam from '@aws-sdk/client-iam'
import { iamError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { checkWithoutPolicies } from './documents/check-without-policies.ts'
import {
  createIdentity,
  deleteIdentity,
  getIdentity,
  identityKey,
  listIdentities,
  updateIdentity,
} from './entities/identity-store.ts'
import { addMember, listGroupsOfUser, listMembers, removeMember } from './entities/member-store.ts'
import { pageOf } from './entities/page.ts'
import { renderGroup, renderUser } from './entities/render-identity.ts'

const kind = 'group'

export function groupsOperations(deps: IdentitiesDeps) {
  const { store, now } = deps
  return {
    async CreateGroup({ GroupName, Path }, { accountId }) {
      return await commitChange(deps, accountId, async (db) => {
        const group = await createIdentity(db, { accountId, kind, name: GroupName, path: Path, now: now() })
        return { arn: group.arn, output: { Group: renderGroup(group) } }
      })
    },

    async GetGroup(input, { accountId }) {
      const group = await getIdentity(store.read, { accountId, kind, name: input.GroupName })
      const { rows, page } = pageOf(await listMembers(store.read, group), identityKey, input)
      return { Group: renderGroup(group), Users: rows.map(renderUser), ...page }
    },

    async ListGroups(input, { accountId }) {
      const groups = await listIdentities(store.read, { accountId, kind }, input)
      const { rows, page } = pageOf(groups, identityKey, input)
      return { Groups: rows.map(renderGroup), ...page }
    },

    async ListGroupsForUser(input, { accountId }) {
      const user = await getIdentity(store.read, { accountId, kind: 'user', name: input.UserName })
      const { rows, page } = pageOf(await listGroupsOfUser(store.read, user), identityKey, input)
      return { Groups: rows.map(renderGroup), ...page }
    },

    async UpdateGroup({ GroupName, NewGroupName, NewPath }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const group = await getIdentity(db, { accountId, kind, name: GroupName })
        const { arn } = await updateIdentity(db, group, {
          ...(NewGroupName === undefined ? {} : { name: NewGroupName }),
          ...(NewPath === undefined ? {} : { path: NewPath }),
        })
        return { arn, output: undefined }
      })
    },

    async DeleteGroup({ GroupName }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const group = await getIdentity(db, { accountId, kind, name: GroupName })
        await checkWithoutPolicies(db, group)
        if ((await listMembers(db, group)).length > 0)
          throw iamError(
            'DeleteConflictException',
            'Cannot delete entity, must remove users from group first.',
          )
        await deleteIdentity(db, group)
        return { arn: group.arn, output: undefined }
      })
    },

    async AddUserToGroup({ GroupName, UserName }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const group = await getIdentity(db, { accountId, kind, name: GroupName })
        const user = await getIdentity(db, { accountId, kind: 'user', name: UserName })
        await addMember(db, group, user)
        return { arn: user.arn, output: undefined }
      })
    },

    async RemoveUserFromGroup({ GroupName, UserName }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const group = await getIdentity(db, { accountId, kind, name: GroupName })
        const user = await getIdentity(db, { accountId, kind: 'user', name: UserName })
        await removeMember(db, group, user)
        return { arn: user.arn, output: undefined }
      })
    },
  } satisfies Partial<Operations<typeof Iam>>
}
