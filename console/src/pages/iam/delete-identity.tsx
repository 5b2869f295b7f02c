/** Deletes a user, a group, or a role with all that hangs on it. */
import type { OperationCall } from '../../api/call.ts'
import { ActionButton } from '../../kit/action-button.tsx'
import { useCall } from '../../kit/use-call.ts'
import { onIdentity, type AttachedPolicy, type Identity } from './iam.ts'
import { listAttached, listInline } from './permissions.tsx'

interface DeleteIdentityProps {
  identity: Identity
  /** What else has to go before; `undefined` while it is not known. */
  before?: readonly OperationCall[] | undefined
  onDone: () => void
}

export function DeleteIdentity({ identity, onDone, ...given }: DeleteIdentityProps) {
  const before = 'before' in given ? given.before : []
  const attached = useCall<{ AttachedPolicies?: AttachedPolicy[] }>(listAttached(identity))
  const inline = useCall<{ PolicyNames?: string[] }>(listInline(identity))
  const isKnown = attached.data && inline.data && before
  return (
    <ActionButton
      label="Delete"
      question={`Its policies are detached, its inline policies deleted, and ${identity.name} with them. Who acts by it is denied at once.`}
      typed="delete"
      disabledReason={isKnown ? undefined : 'What hangs on it is not known yet'}
      onDone={onDone}
      operation={[
        ...(before ?? []),
        ...(attached.data?.AttachedPolicies ?? []).map(({ PolicyArn }) =>
          onIdentity(identity, ['Detach', 'Policy'], { PolicyArn }),
        ),
        ...(inline.data?.PolicyNames ?? []).map((PolicyName) =>
          onIdentity(identity, ['Delete', 'Policy'], { PolicyName }),
        ),
        onIdentity(identity, ['Delete', '']),
      ]}
    />
  )
}
