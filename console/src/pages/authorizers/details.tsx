import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { ActionButton } from '../../kit/action-button.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { FormModal } from '../../kit/form.tsx'
import { LikelyActions } from '../../kit/likely-actions.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { Tags } from '../../kit/tags.tsx'
import { showTime } from '../../kit/time.ts'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useCall } from '../../kit/use-call.ts'
import { pageOfArn } from '../../search.ts'
import { iot } from '../resources/list.tsx'
import {
  authorizerActions,
  describeAuthorizer,
  describeDefault,
  useDefaultName,
  type Authorizer,
} from './authorizer.ts'
import { AuthorizerFields } from './fields.tsx'
import { PublicKeys } from './public-keys.tsx'
import { TestTab } from './test-tab.tsx'
import { toValues, useValues } from './values.ts'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const described = useCall<{ authorizerDescription: Authorizer }>(describeAuthorizer(id))
  const defaultName = useDefaultName()
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const { authorizerDescription: authorizer } = described.data
  const isDefault = defaultName === undefined ? undefined : defaultName === id
  const leave = () => router.history.push('/console/authorizers')
  const { status } = authorizer
  const edit = {
    label: 'Edit',
    needs: iot('UpdateAuthorizer'),
    form: (close: () => void) => <AuthorizerForm authorizer={authorizer} onClose={close} />,
  }
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={<LikelyActions actions={authorizerActions([id], { status, isDefault }, leave)} />}
      >
        {shown(id)}
      </Header>
      <Details title="Details" facts={factsOf(authorizer, isDefault)} actions={<ActionButton {...edit} />} />
      <UrlTabs
        tabs={[
          { id: 'test', label: 'Test', content: <TestTab authorizer={authorizer} /> },
          { id: 'keys', label: 'Public keys', content: <PublicKeys authorizer={authorizer} /> },
          { id: 'tags', label: 'Tags', content: <Tags resourceArn={authorizer.authorizerArn} /> },
        ]}
      />
      <CliEquivalent calls={[describeAuthorizer(id), describeDefault]} />
    </SpaceBetween>
  )
}

function factsOf(authorizer: Authorizer, isDefault: boolean | undefined) {
  const { authorizerFunctionArn: functionArn, tokenKeyName } = authorizer
  const name = <span className="anywhere">{shown(functionArn)}</span>
  const page = pageOfArn(functionArn)
  return {
    'Authorizer ARN': <Copyable text={authorizer.authorizerArn} what="the ARN" />,
    Status: <Status value={authorizer.status} />,
    Default: isDefault === undefined ? '–' : isDefault ? 'Yes' : 'No',
    'Lambda function': page === undefined ? name : <PageLink href={page}>{name}</PageLink>,
    'Token signatures': authorizer.signingDisabled ? 'Not asked for' : 'Validated',
    'Token key name': tokenKeyName === undefined ? '–' : shown(tokenKeyName),
    'Caching for HTTP': authorizer.enableCachingForHttp ? 'On' : 'Off',
    Created: showTime(authorizer.creationDate),
    'Last modified': showTime(authorizer.lastModifiedDate),
  }
}

function AuthorizerForm({ authorizer, onClose }: { authorizer: Authorizer; onClose: () => void }) {
  const { values, change, input, permissions } = useValues(authorizer.authorizerName, toValues(authorizer))
  return (
    <FormModal
      title="Edit authorizer"
      submitLabel="Save changes"
      calls={[iot('UpdateAuthorizer', input), ...permissions]}
      onClose={onClose}
      isLarge
    >
      <AuthorizerFields values={values} change={change} />
    </FormModal>
  )
}
