import type * as Iam from '@aws-sdk/client-iam'
import type { Operations } from '../../api/aws/operations.ts'
import type { Db } from '../../store/index.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { getManagedPolicy, getManagedPolicyRow } from './documents/managed-policy-store.ts'
import { getIdentity, type IdentityName } from './entities/identity-store.ts'
import { pageOf, type PageRequest } from './entities/page.ts'
import { deleteTags, listTags, setTags, type Tag, type TagOwner } from './entities/tag-store.ts'

type NamedOwner = TagOwner & { arn: string }

export function tagsOperations(deps: IdentitiesDeps) {
  const change = async (accountId: string, work: (db: Db) => Promise<NamedOwner>) => {
    await commitChange(deps, accountId, async (db) => ({ arn: (await work(db)).arn, output: undefined }))
  }
  const tagIdentity = async (identity: IdentityName, tags: readonly Tag[]) => {
    await change(identity.accountId, async (db) => {
      const owner = await getOwner(db, identity)
      await setTags(db, owner, tags)
      return owner
    })
  }
  const untagIdentity = async (identity: IdentityName, keys: readonly string[]) => {
    await change(identity.accountId, async (db) => {
      const owner = await getOwner(db, identity)
      await deleteTags(db, owner, keys)
      return owner
    })
  }
  const list = async (owner: TagOwner, request: PageRequest) => {
    const { rows, page } = pageOf(await listTags(deps.store.read, owner), ({ Key }) => Key, request)
    return { Tags: rows, ...page }
  }
  return {
    async TagUser({ UserName, Tags }, { accountId }) {
      await tagIdentity({ accountId, kind: 'user', name: UserName }, Tags)
    },
    async UntagUser({ UserName, TagKeys }, { accountId }) {
      await untagIdentity({ accountId, kind: 'user', name: UserName }, TagKeys)
    },
    async ListUserTags(input, { accountId }) {
      const owner = await getOwner(deps.store.read, { accountId, kind: 'user', name: input.UserName })
      return await list(owner, input)
    },

    async TagRole({ RoleName, Tags }, { accountId }) {
      await tagIdentity({ accountId, kind: 'role', name: RoleName }, Tags)
    },
    async UntagRole({ RoleName, TagKeys }, { accountId }) {
      await untagIdentity({ accountId, kind: 'role', name: RoleName }, TagKeys)
    },
    async ListRoleTags(input, { accountId }) {
      const owner = await getOwner(deps.store.read, { accountId, kind: 'role', name: input.RoleName })
      return await list(owner, input)
    },

    async TagPolicy({ PolicyArn, Tags }, { accountId }) {
      await change(accountId, async (db) => {
        const { policy_id: ownerId } = await getManagedPolicyRow(db, accountId, PolicyArn)
        await setTags(db, { accountId, ownerId }, Tags)
        return { accountId, ownerId, arn: PolicyArn }
      })
    },
    async UntagPolicy({ PolicyArn, TagKeys }, { accountId }) {
      await change(accountId, async (db) => {
        const { policy_id: ownerId } = await getManagedPolicyRow(db, accountId, PolicyArn)
        await deleteTags(db, { accountId, ownerId }, TagKeys)
        return { accountId, ownerId, arn: PolicyArn }
      })
    },
    async ListPolicyTags(input, { accountId }) {
      const { policyId } = await getManagedPolicy(deps.store.read, accountId, input.PolicyArn)
      return await list({ accountId, ownerId: policyId }, input)
    },
  } satisfies Partial<Operations<typeof Iam>>
}

async function getOwner(db: Db, identity: IdentityName): Promise<NamedOwner> {
  const { accountId, identityId, arn } = await getIdentity(db, identity)
  return { accountId, ownerId: identityId, arn }
}
