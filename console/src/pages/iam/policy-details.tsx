import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { FormModal } from '../../kit/form.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { Time } from '../../kit/time-cell.tsx'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useCall } from '../../kit/use-call.ts'
import { iamMarkers } from '../resources/list.tsx'
import { DocumentField } from './document-field.tsx'
import { PolicyEntities } from './policy-entities.tsx'
import { documentFault, iam, readDocument } from './iam.ts'

interface Policy {
  PolicyName: string
  Arn: string
  Description?: string
  DefaultVersionId: string
  AttachmentCount?: number
  CreateDate: number
  UpdateDate: number
}

interface Version {
  VersionId: string
  IsDefaultVersion: boolean
  CreateDate: number
}

const getVersion = (PolicyArn: string, VersionId: string) => iam('GetPolicyVersion', { PolicyArn, VersionId })

export function Page() {
  const { id: PolicyArn = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const get = iam('GetPolicy', { PolicyArn })
  const got = useCall<{ Policy: Policy }>(get)
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const policy = got.data.Policy
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <ActionButton
            label="Delete"
            question="The policy and its versions are gone then."
            typed="delete"
            disabledReason={deletionFault(policy)}
            operation={iam('DeletePolicy', { PolicyArn })}
            onDone={() => router.history.push('/console/iam/policies')}
          />
        }
      >
        {shown(policy.PolicyName)}
      </Header>
      <Details
        title="Policy details"
        facts={{
          ARN: <Copyable text={PolicyArn} what="the ARN" />,
          'Default version': policy.DefaultVersionId,
          Created: showTime(policy.CreateDate),
          Edited: showTime(policy.UpdateDate),
          Description: policy.Description && shown(policy.Description),
        }}
      />
      <UrlTabs
        tabs={[
          { id: 'permissions', label: 'Permissions', content: <DocumentOf policy={policy} /> },
          { id: 'entities', label: 'Entities attached', content: <PolicyEntities policyArn={PolicyArn} /> },
          { id: 'versions', label: 'Policy versions', content: <Versions policy={policy} /> },
        ]}
      />
      <CliEquivalent calls={[get]} />
    </SpaceBetween>
  )
}

const isOfAws = ({ Arn }: Policy) => Arn.startsWith('arn:aws:iam::aws:')

function deletionFault(policy: Policy): string | undefined {
  if (isOfAws(policy)) return 'Policies of AWS cannot be deleted'
  return (policy.AttachmentCount ?? 0) > 0 ? 'Detach it from all entities first' : undefined
}

function DocumentOf({ policy }: { policy: Policy }) {
  const { Arn, DefaultVersionId } = policy
  const got = useCall<{ PolicyVersion: { Document: string } }>(getVersion(Arn, DefaultVersionId))
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const document = readDocument(got.data.PolicyVersion.Document)
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <ActionButton
              label="Edit"
              needs={iam('CreatePolicyVersion')}
              disabledReason={isOfAws(policy) ? 'Policies of AWS cannot be changed' : undefined}
              form={(close) => <VersionForm policyArn={Arn} document={document} onClose={close} />}
            />
          }
        >
          Permissions defined in this policy
        </Header>
      }
    >
      <DocumentField label="JSON" value={document} />
    </Container>
  )
}

interface VersionFormProps {
  policyArn: string
  document: string
  onClose: () => void
}

function VersionForm({ policyArn: PolicyArn, document, onClose }: VersionFormProps) {
  const [PolicyDocument, setDocument] = useState(document)
  return (
    <FormModal
      title="Edit policy"
      submitLabel="Save changes"
      calls={iam('CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: true })}
      missing={PolicyDocument === document ? 'Change something first' : documentFault(PolicyDocument)}
      isLarge
      onClose={onClose}
    >
      <DocumentField
        label="JSON"
        member="PolicyDocument"
        description="It becomes the default version. A policy has five versions at most."
        value={PolicyDocument}
        onChange={setDocument}
      />
    </FormModal>
  )
}

function Versions({ policy: { Arn: PolicyArn } }: { policy: Policy }) {
  return (
    <RelatedTable<Version>
      title="Policy versions"
      call={iam('ListPolicyVersions', { PolicyArn })}
      paging={iamMarkers}
      itemsOf={(output) => (output['Versions'] ?? []) as Version[]}
      idOf={({ VersionId }) => VersionId}
      columns={[
        { header: 'Version', cell: ({ VersionId }) => VersionId },
        { header: 'Default', cell: ({ IsDefaultVersion }) => (IsDefaultVersion ? 'Yes' : '–') },
        { header: 'Created', cell: ({ CreateDate }) => <Time at={CreateDate} /> },
      ]}
      actionsOf={({ VersionId, IsDefaultVersion }) => [
        {
          label: 'Set as default',
          question: 'Everybody who has the policy is judged by this version at once.',
          disabledReason: IsDefaultVersion ? 'It is the default version' : undefined,
          operation: iam('SetDefaultPolicyVersion', { PolicyArn, VersionId }),
        },
        {
          label: 'Delete',
          question: 'The version is gone then.',
          disabledReason: IsDefaultVersion ? 'It is the default version' : undefined,
          operation: iam('DeletePolicyVersion', { PolicyArn, VersionId }),
        },
      ]}
    />
  )
}
