import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { ActionButtons } from '../../kit/action-buttons.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { CodeEditor } from '../../kit/code-editor.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { indentJson } from '../../kit/json-text.ts'
import { shown } from '../../kit/shown.ts'
import { Tags } from '../../kit/tags.tsx'
import { showTime } from '../../kit/time.ts'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { getPolicy, policyActions, type Policy } from './policy.ts'
import { Targets } from './targets.tsx'
import { VersionForm } from './version-form.tsx'
import { Versions } from './versions.tsx'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const got = useCall<Policy>(getPolicy(id))
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const policy = got.data
  const edit = {
    label: 'Edit active version',
    needs: iot('CreatePolicyVersion'),
    form: (close: () => void) => <VersionForm policy={policy} onClose={close} />,
  }
  const others = policyActions([id], () => router.history.push('/console/policies'))
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<ActionButtons actions={[edit, ...others]} />}>
        {shown(id)}
      </Header>
      <Details
        title="Details"
        facts={{
          'Policy ARN': <Copyable text={policy.policyArn} what="the ARN" />,
          'Active version': policy.defaultVersionId,
          Created: showTime(policy.creationDate),
          'Last modified': showTime(policy.lastModifiedDate),
        }}
      />
      <UrlTabs
        tabs={[
          {
            id: 'document',
            label: 'Policy document',
            content: (
              <CodeEditor value={indentJson(policy.policyDocument)} language="json" label="Policy document" />
            ),
          },
          { id: 'versions', label: 'All versions', content: <Versions policy={policy} /> },
          { id: 'targets', label: 'Targets', content: <Targets policyName={id} /> },
          { id: 'tags', label: 'Tags', content: <Tags resourceArn={policy.policyArn} /> },
        ]}
      />
      <CliEquivalent calls={[getPolicy(id)]} />
    </SpaceBetween>
  )
}
