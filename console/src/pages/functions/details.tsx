import Alert from '@cloudscape-design/components/alert'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useCall } from '../../kit/use-call.ts'
import { functionActions } from './actions.ts'
import { AliasesTab } from './aliases-tab.tsx'
import { ConfigurationTab } from './configuration-tab.tsx'
import { lambda, type FunctionConfiguration } from './function.ts'
import { MonitorTab } from './monitor-tab.tsx'
import type { Edits } from './package.ts'
import { PermissionsTab } from './permissions-tab.tsx'
import { TestTab } from './test-tab.tsx'
import { useTest } from './use-test.ts'
import { VersionsTab } from './versions-tab.tsx'

/** With what packs and unpacks, after the page. */
const CodeTab = lazy(async () => ({ default: (await import('./code-tab.tsx')).CodeTab }))

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const get = lambda('GetFunctionConfiguration', { FunctionName: id })
  const got = useCall<FunctionConfiguration>(get)
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  return (
    <SpaceBetween size="l">
      <FunctionPage key={id} configuration={got.data} />
      <CliEquivalent calls={[get]} />
    </SpaceBetween>
  )
}

/** What is edited and tried stays while one looks at other tabs. */
function FunctionPage({ configuration }: { configuration: FunctionConfiguration }) {
  const { FunctionName, FunctionArn, Description, LastModified, Runtime } = configuration
  const router = useRouter()
  const [edits, setEdits] = useState<Edits>(new Map())
  const test = useTest(FunctionName)
  const isEdited = edits.size > 0
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <ActionsMenu
            actions={functionActions([FunctionName], () => router.history.push('/console/functions'))}
          />
        }
      >
        {shown(FunctionName)}
      </Header>
      <Details
        title="Function overview"
        facts={{
          Description: Description ? shown(Description) : undefined,
          'Last modified': showTime(LastModified),
          'Function ARN': <Copyable text={FunctionArn} what="the ARN" />,
          Runtime,
        }}
      />
      {isEdited ? <Alert type="info">There are changes that are not deployed.</Alert> : null}
      <UrlTabs
        tabs={[
          {
            id: 'code',
            label: 'Code',
            content: (
              <Suspense>
                <CodeTab configuration={configuration} edits={edits} onEdit={setEdits} />
              </Suspense>
            ),
          },
          { id: 'test', label: 'Test', content: <TestTab {...test} isEdited={isEdited} /> },
          { id: 'monitor', label: 'Monitor', content: <MonitorTab configuration={configuration} /> },
          {
            id: 'configuration',
            label: 'Configuration',
            content: <ConfigurationTab configuration={configuration} />,
          },
          {
            id: 'permissions',
            label: 'Permissions',
            content: <PermissionsTab configuration={configuration} />,
          },
          { id: 'aliases', label: 'Aliases', content: <AliasesTab functionName={FunctionName} /> },
          { id: 'versions', label: 'Versions', content: <VersionsTab functionName={FunctionName} /> },
        ]}
      />
    </SpaceBetween>
  )
}
