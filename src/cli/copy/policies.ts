import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
  paginateListPolicies,
} from '@aws-sdk/client-iot'
import { inPages, once, type End } from './ends.ts'
import { inParallel } from './in-parallel.ts'
import type { Copy, Item } from './items.ts'
import type { Named } from './named.ts'
import { tagsMember } from './tags.ts'
import { planVersioned, type VersionedKind } from './versioned.ts'

export const listPolicies = (end: End) =>
  once(end, 'policies', async () => {
    const all: Named[] = []
    for await (const { policies = [] } of paginateListPolicies(inPages(end), {}))
      for (const { policyName = '', policyArn = '' } of policies)
        all.push({ name: policyName, arn: policyArn })
    return all
  })

const policies: VersionedKind<object> = {
  kind: 'policies',
  list: listPolicies,
  describe: async () => ({}),
  async readVersions({ iot }, policyName) {
    const { policyVersions = [] } = await iot.send(new ListPolicyVersionsCommand({ policyName }))
    const numbered = policyVersions.toSorted(
      (left, right) => Number(left.versionId) - Number(right.versionId),
    )
    return inParallel(numbered, async ({ versionId: policyVersionId = '', isDefaultVersion = false }) => {
      const version = { policyName, policyVersionId }
      const { policyDocument: body = '' } = await iot.send(new GetPolicyVersionCommand(version))
      return { body, isDefault: isDefaultVersion }
    })
  },
  async make({ iot }, policyName, { body: policyDocument, tags }) {
    await iot.send(new CreatePolicyCommand({ policyName, policyDocument, ...tagsMember(tags) }))
  },
  async addVersion({ iot }, policyName, policyDocument) {
    await iot.send(new CreatePolicyVersionCommand({ policyName, policyDocument }))
  },
}

export const planPolicies = (copy: Copy): AsyncGenerator<Item> => planVersioned(policies, copy)
