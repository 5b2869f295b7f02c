/** The policies of a user, a group, or a role: those that are attached, and those that are its own. */
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { useCall } from '../../kit/use-call.ts'
import { iamMarkers } from '../resources/list.tsx'
import { DocumentField } from './document-field.tsx'
import {
  documentFault,
  emptyPolicy,
  onIdentity,
  policyHref,
  readDocument,
  type AttachedPolicy,
  type Identity,
} from './iam.ts'
import { PolicyPicker } from './policy-picker.tsx'

export const listAttached = (identity: Identity) => onIdentity(identity, ['ListAttached', 'Policies'])
export const listInline = (identity: Identity) => onIdentity(identity, ['List', 'Policies'])

export function Permissions({ identity }: { identity: Identity }) {
  return (
    <SpaceBetween size="l">
      <Attached identity={identity} />
      <Inline identity={identity} />
    </SpaceBetween>
  )
}

function Attached({ identity }: { identity: Identity }) {
  return (
    <RelatedTable<AttachedPolicy>
      title="Permissions policies"
      description="Attached policies, which others may have as well."
      call={listAttached(identity)}
      paging={iamMarkers}
      itemsOf={(output) => (output['AttachedPolicies'] ?? []) as AttachedPolicy[]}
      idOf={({ PolicyName }) => PolicyName}
      columns={[
        {
          header: 'Policy name',
          cell: ({ PolicyName, PolicyArn }) => (
            <PageLink href={policyHref(PolicyArn)}>{shown(PolicyName)}</PageLink>
          ),
        },
        { header: 'ARN', cell: ({ PolicyArn }) => shown(PolicyArn) },
      ]}
      actions={
        <ActionButton
          label="Attach policies"
          needs={onIdentity(identity, ['Attach', 'Policy'])}
          form={(close) => <AttachForm identity={identity} onClose={close} />}
        />
      }
      actionsOf={({ PolicyArn, PolicyName }) => [
        {
          label: 'Detach',
          question: `What only ${PolicyName} allows is denied from then on. The policy itself stays.`,
          operation: onIdentity(identity, ['Detach', 'Policy'], { PolicyArn }),
        },
      ]}
    />
  )
}

interface IdentityFormProps {
  identity: Identity
  onClose: () => void
}

function AttachForm({ identity, onClose }: IdentityFormProps) {
  const [arns, setArns] = useState<readonly string[]>([])
  const attached = useCall<{ AttachedPolicies?: AttachedPolicy[] }>(listAttached(identity))
  return (
    <FormModal
      title={`Attach policies to ${identity.name}`}
      submitLabel="Attach policy"
      calls={arns.map((PolicyArn) => onIdentity(identity, ['Attach', 'Policy'], { PolicyArn }))}
      missing={arns.length === 0 ? 'Select a policy first' : undefined}
      isLarge
      onClose={onClose}
    >
      <PageLink href="/create/iam-policy">Create policy</PageLink>
      <PolicyPicker
        chosen={arns}
        onChange={setArns}
        without={(attached.data?.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn)}
      />
    </FormModal>
  )
}

function Inline({ identity }: { identity: Identity }) {
  return (
    <RelatedTable<string>
      title="Inline policies"
      description="Its own policies, which go with it."
      call={listInline(identity)}
      paging={iamMarkers}
      itemsOf={(output) => (output['PolicyNames'] ?? []) as string[]}
      idOf={(name) => name}
      columns={[{ header: 'Policy name', cell: (name) => shown(name) }]}
      actions={
        <ActionButton
          label="Create inline policy"
          needs={onIdentity(identity, ['Put', 'Policy'])}
          form={(close) => <InlineForm identity={identity} onClose={close} />}
        />
      }
      actionsOf={(PolicyName) => [
        {
          label: 'Edit',
          needs: [onIdentity(identity, ['Get', 'Policy']), onIdentity(identity, ['Put', 'Policy'])],
          form: (close) => <InlineEdit identity={identity} name={PolicyName} onClose={close} />,
        },
        {
          label: 'Delete',
          question: `What only ${PolicyName} allows is denied from then on.`,
          operation: onIdentity(identity, ['Delete', 'Policy'], { PolicyName }),
        },
      ]}
    />
  )
}

function InlineEdit({ identity, name, onClose }: IdentityFormProps & { name: string }) {
  const got = useCall<{ PolicyDocument: string }>(
    onIdentity(identity, ['Get', 'Policy'], { PolicyName: name }),
  )
  if (!got.data) return null
  const present = { name, document: readDocument(got.data.PolicyDocument) }
  return <InlineForm identity={identity} present={present} onClose={onClose} />
}

interface InlineFormProps extends IdentityFormProps {
  present?: { name: string; document: string }
}

function InlineForm({ identity, present, onClose }: InlineFormProps) {
  const [PolicyName, setName] = useState(present?.name ?? '')
  const [PolicyDocument, setDocument] = useState(present?.document ?? emptyPolicy)
  const missing = PolicyName === '' ? 'Give the policy a name first' : documentFault(PolicyDocument)
  return (
    <FormModal
      title={present ? `Edit ${present.name}` : 'Create inline policy'}
      submitLabel={present ? 'Save changes' : 'Create policy'}
      calls={onIdentity(identity, ['Put', 'Policy'], { PolicyName, PolicyDocument })}
      missing={missing}
      isLarge
      onClose={onClose}
    >
      {present ? null : (
        <TextField label="Policy name" member="PolicyName" value={PolicyName} onChange={setName} />
      )}
      <DocumentField label="JSON" member="PolicyDocument" value={PolicyDocument} onChange={setDocument} />
    </FormModal>
  )
}
