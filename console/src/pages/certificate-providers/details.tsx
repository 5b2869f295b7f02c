import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { ActionButtons } from '../../kit/action-buttons.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { FormModal } from '../../kit/form.tsx'
import { shown } from '../../kit/shown.ts'
import { Tags } from '../../kit/tags.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { ProviderFunction } from './function.tsx'
import { providerActions, useProviderPermissions, type Provider } from './provider.ts'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const describe = iot('DescribeCertificateProvider', { certificateProviderName: id })
  const described = useCall<Provider>(describe)
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const provider = described.data
  const edit = {
    label: 'Edit',
    needs: iot('UpdateCertificateProvider'),
    form: (close: () => void) => <ProviderForm provider={provider} onClose={close} />,
  }
  const others = providerActions([id], () => router.history.push('/console/certificate-providers'))
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<ActionButtons actions={[edit, ...others]} />}>
        {shown(id)}
      </Header>
      <Details
        title="Details"
        facts={{
          'Certificate provider ARN': <Copyable text={provider.certificateProviderArn} what="the ARN" />,
          'Lambda function': <span className="anywhere">{shown(provider.lambdaFunctionArn)}</span>,
          'Signs for': provider.accountDefaultForOperations?.join(', '),
          Created: showTime(provider.creationDate),
          'Last modified': showTime(provider.lastModifiedDate),
        }}
      />
      <Tags resourceArn={provider.certificateProviderArn} />
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}

function ProviderForm({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { certificateProviderName } = provider
  const [lambdaFunctionArn, setFunction] = useState(provider.lambdaFunctionArn)
  const permissions = useProviderPermissions(certificateProviderName, lambdaFunctionArn)
  const update = iot('UpdateCertificateProvider', { certificateProviderName, lambdaFunctionArn })
  return (
    <FormModal
      title="Edit certificate provider"
      submitLabel="Save changes"
      calls={[update, ...permissions]}
      onClose={onClose}
    >
      <ProviderFunction value={lambdaFunctionArn} onChange={setFunction} />
    </FormModal>
  )
}
