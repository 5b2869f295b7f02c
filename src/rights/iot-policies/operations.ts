import type * as Iot from '@aws-sdk/client-iot'
import type { Operations } from '../../api/aws/operations.ts'
import { commitChanges, commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { deleteTags, setTags } from '../../registry/tags/index.ts'
import { attachmentOperations } from './attachment-operations.ts'
import { authorizationOperations } from './authorization-operations.ts'
import { policyArn } from './iot-policy.ts'
import { listPolicies } from './list-store.ts'
import { createPolicy, deletePolicy, getPolicy } from './store.ts'
import {
  createPolicyVersion,
  deletePolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from './version-store.ts'

export interface IotPoliciesDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
}

export function iotPoliciesOperations(deps: IotPoliciesDeps) {
  return { ...policyOperations(deps), ...attachmentOperations(deps), ...authorizationOperations(deps) }
}

function policyOperations({ store, fabric, now }: IotPoliciesDeps) {
  const commit = commitsOf({ store, fabric }, 'iot-policy')

  return {
    async CreatePolicy({ policyName, policyDocument, tags }, context) {
      const { accountId, region } = context
      const arn = policyArn(context, policyName)
      const { policyVersionId } = await commit(accountId, policyName, async (db) => {
        const created = await createPolicy(db, { accountId, region, policyName, policyDocument, now: now() })
        if (tags) await setTags(db, accountId, arn, tags)
        return created
      })
      return { policyName, policyArn: arn, policyDocument, policyVersionId }
    },

    async GetPolicy({ policyName }, context) {
      const policy = await getPolicy(store.read, context.accountId, policyName)
      return { ...policy, policyArn: policyArn(context, policyName) }
    },

    async DeletePolicy({ policyName }, context) {
      const { accountId } = context
      await commit(accountId, policyName, async (db) => {
        await deletePolicy(db, accountId, policyName)
        await deleteTags(db, accountId, policyArn(context, policyName))
      })
    },

    async ListPolicies(input, context) {
      const { entries, nextMarker } = await listPolicies(store.read, context.accountId, input)
      const policies = entries.map((policyName) => ({
        policyName,
        policyArn: policyArn(context, policyName),
      }))
      return { policies, nextMarker }
    },

    async CreatePolicyVersion({ policyName, policyDocument, setAsDefault = false }, context) {
      const { accountId } = context
      const version = await commitChanges(
        { store, fabric },
        () => (setAsDefault ? [{ accountId, kind: 'iot-policy', id: policyName }] : []),
        (db: Db) =>
          createPolicyVersion(db, { accountId, policyName, policyDocument, setAsDefault, now: now() }),
      )
      return {
        policyArn: policyArn(context, policyName),
        policyDocument,
        policyVersionId: version.versionId,
        isDefaultVersion: version.isDefaultVersion,
      }
    },

    async GetPolicyVersion({ policyName, policyVersionId }, context) {
      const wanted = { policyName, versionId: policyVersionId }
      const version = await getPolicyVersion(store.read, context.accountId, wanted)
      return {
        policyArn: policyArn(context, policyName),
        policyName,
        policyDocument: version.policyDocument,
        policyVersionId,
        isDefaultVersion: version.isDefaultVersion,
        creationDate: version.createDate,
        lastModifiedDate: version.createDate,
        generationId: version.generationId,
      }
    },

    async ListPolicyVersions({ policyName }, { accountId }) {
      const versions = await listPolicyVersions(store.read, accountId, policyName)
      const policyVersions = versions.map(({ versionId, isDefaultVersion, createDate }) => ({
        versionId,
        isDefaultVersion,
        createDate,
      }))
      return { policyVersions }
    },

    async SetDefaultPolicyVersion({ policyName, policyVersionId }, { accountId }) {
      const change = { accountId, policyName, versionId: policyVersionId, now: now() }
      await commit(accountId, policyName, (db) => setDefaultPolicyVersion(db, change))
    },

    async DeletePolicyVersion({ policyName, policyVersionId }, { accountId }) {
      await store.transact((db) =>
        deletePolicyVersion(db, accountId, { policyName, versionId: policyVersionId }),
      )
    },
  } satisfies Partial<Operations<typeof Iot>>
}
