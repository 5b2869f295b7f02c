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
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useCall } from '../../kit/use-call.ts'
import { DeleteIdentity } from './delete-identity.tsx'
import { DocumentField } from './document-field.tsx'
import { documentFault, iam, readDocument } from './iam.ts'
import { Permissions } from './permissions.tsx'

interface Role {
  RoleName: string
  Arn: string
  Description?: string
  CreateDate: number
  MaxSessionDuration?: number
  AssumeRolePolicyDocument: string
}

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const get = iam('GetRole', { RoleName: id })
  const got = useCall<{ Role: Role }>(get)
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const { RoleName, Arn, Description, CreateDate, MaxSessionDuration, AssumeRolePolicyDocument } =
    got.data.Role
  const identity = { kind: 'Role', name: RoleName } as const
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <DeleteIdentity identity={identity} onDone={() => router.history.push('/console/iam/roles')} />
        }
      >
        {shown(RoleName)}
      </Header>
      <Details
        title="Summary"
        facts={{
          ARN: <Copyable text={Arn} what="the ARN" />,
          Created: showTime(CreateDate),
          'Maximum session duration': `${MaxSessionDuration ?? 3600} s`,
          Description: Description && shown(Description),
        }}
      />
      <UrlTabs
        tabs={[
          { id: 'permissions', label: 'Permissions', content: <Permissions identity={identity} /> },
          {
            id: 'trust',
            label: 'Trust relationships',
            content: <Trust roleName={RoleName} document={readDocument(AssumeRolePolicyDocument)} />,
          },
        ]}
      />
      <CliEquivalent calls={[get]} />
    </SpaceBetween>
  )
}

interface TrustProps {
  roleName: string
  document: string
}

function Trust({ roleName, document }: TrustProps) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Entities that can assume this role under specified conditions."
          actions={
            <ActionButton
              label="Edit trust policy"
              needs={iam('UpdateAssumeRolePolicy')}
              form={(close) => <TrustForm roleName={roleName} document={document} onClose={close} />}
            />
          }
        >
          Trusted entities
        </Header>
      }
    >
      <DocumentField label="Trust policy" value={document} />
    </Container>
  )
}

function TrustForm({ roleName: RoleName, document, onClose }: TrustProps & { onClose: () => void }) {
  const [PolicyDocument, setDocument] = useState(document)
  return (
    <FormModal
      title="Edit trust policy"
      submitLabel="Update policy"
      calls={iam('UpdateAssumeRolePolicy', { RoleName, PolicyDocument })}
      missing={documentFault(PolicyDocument)}
      isLarge
      onClose={onClose}
    >
      <DocumentField label="JSON" member="PolicyDocument" value={PolicyDocument} onChange={setDocument} />
    </FormModal>
  )
}
