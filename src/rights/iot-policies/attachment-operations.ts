import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { attachPolicy, detachPolicy, type PolicyAttachment } from './attachment-store.ts'
import { parseTarget, policyArn } from './iot-policy.ts'
import { listAttached, listTargets, type Page } from './list-store.ts'
import { getPolicy } from './store.ts'
import { checkMayAttach, checkTargetExists, withAncestors } from './target.ts'

interface AttachmentDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
}

/** The operations on attachments, in the current family and the older one of principals; part of `iotPoliciesOperations`. */
export function attachmentOperations({ store, fabric }: AttachmentDeps) {
  const commit = commitsOf({ store, fabric }, 'policy-attachment')

  async function attach(attachment: PolicyAttachment): Promise<void> {
    const { accountId, target } = attachment
    await commit(accountId, target, async (db) => {
      await checkMayAttach(db, accountId, target)
      await attachPolicy(db, attachment)
    })
  }

  async function detach(attachment: PolicyAttachment): Promise<void> {
    const { accountId, target } = attachment
    parseTarget(target)
    await commit(accountId, target, (db) => detachPolicy(db, attachment))
  }

  return {
    async AttachPolicy({ policyName, target }, { accountId }) {
      await attach({ accountId, policyName, target })
    },

    async DetachPolicy({ policyName, target }, { accountId }) {
      await detach({ accountId, policyName, target })
    },

    async ListAttachedPolicies({ target, recursive, ...page }, context) {
      const { accountId } = context
      await checkTargetExists(store.read, accountId, target)
      const targets = recursive ? await withAncestors(store.read, accountId, target) : [target]
      return toPolicies(await listAttached(store.read, accountId, { ...page, targets }), context)
    },

    async ListTargetsForPolicy({ policyName, ...page }, { accountId }) {
      await getPolicy(store.read, accountId, policyName)
      const request = { ...page, policyName, onlyPrincipals: false }
      const { entries, nextMarker } = await listTargets(store.read, accountId, request)
      return { targets: entries, nextMarker }
    },

    async AttachPrincipalPolicy({ policyName, principal }, { accountId }) {
      checkPrincipal(principal)
      await attach({ accountId, policyName, target: principal })
    },

    async DetachPrincipalPolicy({ policyName, principal }, { accountId }) {
      checkPrincipal(principal)
      await getPolicy(store.read, accountId, policyName)
      await checkTargetExists(store.read, accountId, principal)
      await detach({ accountId, policyName, target: principal })
    },

    async ListPrincipalPolicies({ principal, ...page }, context) {
      checkPrincipal(principal)
      await checkTargetExists(store.read, context.accountId, principal)
      const request = { ...page, targets: [principal] }
      return toPolicies(await listAttached(store.read, context.accountId, request), context)
    },

    async ListPolicyPrincipals({ policyName, ...page }, { accountId }) {
      await getPolicy(store.read, accountId, policyName)
      const request = { ...page, policyName, onlyPrincipals: true }
      const { entries, nextMarker } = await listTargets(store.read, accountId, request)
      return { principals: entries, nextMarker }
    },
  } satisfies Partial<Operations<typeof Iot>>
}

/** The older family knows certificates only. */
function checkPrincipal(principal: string): void {
  if (parseTarget(principal).kind !== 'certificate')
    throw iotError(
      'InvalidRequestException',
      `the principal must be the ARN of a certificate, got ${JSON.stringify(principal)}`,
    )
}

function toPolicies({ entries, nextMarker }: Page<string>, context: CallContext) {
  const policies = entries.map((policyName) => ({ policyName, policyArn: policyArn(context, policyName) }))
  return { policies, nextMarker }
}
