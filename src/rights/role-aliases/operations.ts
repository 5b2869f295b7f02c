/** Role aliases over the AWS API. */
import type * as Iot from '@aws-sdk/client-iot'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import { decodeMarker } from '../../api/aws/page-marker.ts'
import { toPage } from '../../api/aws/page.ts'
import type { Store } from '../../store/index.ts'
import { deleteTags, setTags } from '../../registry/tags/index.ts'
import { checkRoleArn, credentialService, defaultDurationSeconds, roleAliasArn } from './role-alias.ts'
import { createRoleAlias, deleteRoleAlias, getRoleAlias, listRoleAliases, updateRoleAlias } from './store.ts'

interface RoleAliasesDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
}

const defaultPageSize = 25 // assumed

export function roleAliasesOperations({ store, fabric, now }: RoleAliasesDeps) {
  const commit = commitsOf({ store, fabric }, 'role-alias')

  return {
    async CreateRoleAlias({ roleAlias, roleArn, credentialDurationSeconds, tags = [] }, context) {
      const { accountId } = context
      await checkMayPass(roleArn, context)
      const arn = roleAliasArn(context, roleAlias)
      const created = {
        accountId,
        roleAlias,
        roleArn,
        credentialDurationSeconds: credentialDurationSeconds ?? defaultDurationSeconds,
        creationDate: now(),
        lastModifiedDate: now(),
      }
      await commit(accountId, roleAlias, async (db) => {
        await createRoleAlias(db, created, arn)
        await setTags(db, accountId, arn, tags)
      })
      return { roleAlias, roleAliasArn: arn }
    },

    async DescribeRoleAlias({ roleAlias }, context) {
      const { accountId: owner, ...found } = await getRoleAlias(store.read, context.accountId, roleAlias)
      return { roleAliasDescription: { ...found, owner, roleAliasArn: roleAliasArn(context, roleAlias) } }
    },

    async UpdateRoleAlias({ roleAlias, roleArn, credentialDurationSeconds }, context) {
      const { accountId } = context
      if (roleArn !== undefined) await checkMayPass(roleArn, context)
      const change = { roleAlias, roleArn, credentialDurationSeconds, now: now() }
      await commit(accountId, roleAlias, (db) => updateRoleAlias(db, accountId, change))
      return { roleAlias, roleAliasArn: roleAliasArn(context, roleAlias) }
    },

    async ListRoleAliases({ pageSize = defaultPageSize, marker, ascendingOrder = false }, { accountId }) {
      const page = { after: decodeMarker(marker), limit: pageSize }
      const names = await listRoleAliases(store.read, accountId, { ...page, isAscending: ascendingOrder })
      const { rows, nextToken } = toPage(names, page, (name) => name)
      return { roleAliases: rows, nextMarker: nextToken }
    },

    async DeleteRoleAlias({ roleAlias }, context) {
      const { accountId } = context
      await commit(accountId, roleAlias, async (db) => {
        await deleteRoleAlias(db, accountId, roleAlias)
        await deleteTags(db, accountId, roleAliasArn(context, roleAlias))
      })
    },
  } satisfies Partial<Operations<typeof Iot>>
}

/** Whether the role exists and trusts the service is seen when a device asks, as on AWS. */
async function checkMayPass(roleArn: string, { accountId, authorize }: CallContext): Promise<void> {
  checkRoleArn(roleArn, accountId)
  // assumed: the service that the role is passed to is the one that will assume it
  await authorize('iam:PassRole', roleArn, { 'iam:PassedToService': credentialService })
}
