/** The versions of a template: one of them to read, or what differs between two. */
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ActionButton } from '../../kit/action-button.tsx'
import { CodeEditor } from '../../kit/code-editor.tsx'
import { DiffView } from '../../kit/diff-view.tsx'
import { Failure } from '../../kit/failure.tsx'
import { indentJson } from '../../kit/json-text.ts'
import { Time } from '../../kit/time-cell.tsx'
import { useCall } from '../../kit/use-call.ts'
import { describeVersion, iot, listVersions, type Template, type TemplateVersion } from './template.ts'

export function Versions({ template }: { template: Template }) {
  const listed = useCall<{ versions?: TemplateVersion[] }>(listVersions(template.templateName))
  const versions = (listed.data?.versions ?? []).toSorted((a, b) => b.versionId - a.versionId)
  return (
    <SpaceBetween size="l">
      <Body template={template} versions={versions} />
      <Table
        header={
          <Header variant="h2" counter={`(${versions.length})`}>
            Versions
          </Header>
        }
        items={versions}
        trackBy={({ versionId }) => String(versionId)}
        loading={listed.isLoading}
        empty={listed.error ? <Failure error={listed.error} /> : null}
        columnDefinitions={[
          { id: 'version', header: 'Version', cell: ({ versionId }) => versionId },
          { id: 'default', header: 'Default', cell: (version) => (version.isDefaultVersion ? 'Yes' : '–') },
          { id: 'created', header: 'Created', cell: ({ creationDate }) => <Time at={creationDate} /> },
          {
            id: 'actions',
            header: 'Actions',
            cell: (version) => <VersionActions templateName={template.templateName} version={version} />,
          },
        ]}
      />
    </SpaceBetween>
  )
}

interface VersionActionsProps {
  templateName: string
  version: TemplateVersion
}

function VersionActions({
  templateName,
  version: { versionId, isDefaultVersion = false },
}: VersionActionsProps) {
  const disabledReason = isDefaultVersion ? 'It is the default version.' : undefined
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ActionButton
        label="Set as default"
        disabledReason={disabledReason}
        question={`Devices are provisioned by version ${versionId} from now on.`}
        operation={iot('UpdateProvisioningTemplate', { templateName, defaultVersionId: versionId })}
      />
      <ActionButton
        label="Delete version"
        disabledReason={disabledReason}
        question={`Version ${versionId} is deleted.`}
        operation={iot('DeleteProvisioningTemplateVersion', { templateName, versionId })}
      />
    </SpaceBetween>
  )
}

/** Which version is shown, and with which it is compared, stands in the address. */
function Body({ template, versions }: { template: Template; versions: readonly TemplateVersion[] }) {
  const search = useSearch({ strict: false }) as { version?: string; with?: string }
  const versionId = search.version === undefined ? template.defaultVersionId : Number(search.version)
  const other = search.with === undefined ? undefined : Number(search.with)
  const shown = useBody(template, versionId)
  const compared = useBody(template, other ?? versionId)
  const error = shown.error ?? compared.error
  return (
    <Container header={<Header variant="h2">Template</Header>}>
      <SpaceBetween size="m">
        <SpaceBetween size="m" direction="horizontal">
          <VersionChoice label="Version" parameter="version" chosen={versionId} versions={versions} />
          <VersionChoice label="Compare with" parameter="with" chosen={other} versions={versions} />
        </SpaceBetween>
        {error ? <Failure error={error} /> : null}
        {other === undefined ? (
          <CodeEditor value={shown.text} language="json" label={`Template, version ${versionId}`} />
        ) : (
          <DiffView
            before={compared.text}
            after={shown.text}
            label={`From version ${other} to version ${versionId}`}
          />
        )}
      </SpaceBetween>
    </Container>
  )
}

function useBody({ templateName }: Template, versionId: number) {
  const { data, error } = useCall<{ templateBody?: string }>(describeVersion(templateName, versionId))
  return { text: indentJson(data?.templateBody ?? ''), error }
}

interface VersionChoiceProps {
  label: string
  /** Of the address. */
  parameter: string
  chosen: number | undefined
  versions: readonly TemplateVersion[]
}

function VersionChoice({ label, parameter, chosen, versions }: VersionChoiceProps) {
  const navigate = useNavigate()
  const options = versions.map(({ versionId, isDefaultVersion }) => ({
    value: String(versionId),
    label: isDefaultVersion ? `${versionId} (default)` : String(versionId),
  }))
  const none = { value: '', label: 'None' }
  const all = parameter === 'with' ? [none, ...options] : options
  const select = (value = '') =>
    void navigate({
      to: '.',
      search: (previous: object) => ({ ...previous, [parameter]: value === '' ? undefined : Number(value) }),
      replace: true,
    } as never)
  return (
    <FormField label={label}>
      <Select
        options={all}
        selectedOption={all.find(({ value }) => value === String(chosen ?? '')) ?? none}
        onChange={({ detail }) => select(detail.selectedOption.value)}
      />
    </FormField>
  )
}
