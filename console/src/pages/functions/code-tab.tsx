/** The files of the package: edited here, deployed as a whole. */
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import FileUpload from '@cloudscape-design/components/file-upload'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { base64Of } from '../../kit/bytes.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { CodeEditor } from '../../kit/code-editor.tsx'
import { Failure } from '../../kit/failure.tsx'
import { useMissingPermissions } from '../../kit/permissions.ts'
import { useChange } from '../../kit/use-change.ts'
import { FileList } from './file-list.tsx'
import { lambda, type FunctionConfiguration } from './function.ts'
import { maxEditedBytes, pack, readText, usePackage, withEdits, type Edits, type Files } from './package.ts'

interface CodeTabProps {
  configuration: FunctionConfiguration
  edits: Edits
  onEdit: (edits: Edits) => void
}

export function CodeTab({ configuration, edits, onEdit }: CodeTabProps) {
  const { FunctionName, CodeSize = 0, RevisionId } = configuration
  const unpacked = usePackage(configuration)
  const deploy = useChange(() => onEdit(new Map()))
  const update = (ZipFile: string) => lambda('UpdateFunctionCode', { FunctionName, ZipFile, RevisionId })
  const [denied] = useMissingPermissions([update('')])
  const files = unpacked.data && withEdits(unpacked.data, edits)
  const isEdited = edits.size > 0
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Deploy saves the files as the function's code. Until then, what runs is what was deployed last."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <UploadZip
                onZip={(bytes) => deploy.mutate(update(base64Of(bytes)))}
                isDisabled={denied !== undefined}
              />
              <TestButton />
              <Button
                variant="primary"
                loading={deploy.isPending}
                disabled={denied !== undefined || !isEdited}
                disabledReason={denied ?? 'Nothing has been changed'}
                onClick={() => files && deploy.mutate(update(base64Of(pack(files))))}
              >
                Deploy
              </Button>
            </SpaceBetween>
          }
        >
          Code source
        </Header>
      }
      footer={<CliEquivalent calls={[update('fileb://function.zip')]} />}
    >
      <SpaceBetween size="m">
        {deploy.error ? <Failure error={deploy.error} /> : null}
        {unpacked.error ? <Failure error={unpacked.error} /> : null}
        {deploy.isSuccess && !isEdited ? (
          <Alert type="success">Successfully updated the function {FunctionName}.</Alert>
        ) : null}
        {CodeSize > maxEditedBytes ? (
          <Alert type="info">
            The package has {CodeSize} bytes, which is too much to be edited here. Upload a .zip file instead.
          </Alert>
        ) : null}
        {files ? <Files key={FunctionName} files={files} edits={edits} onEdit={onEdit} /> : null}
      </SpaceBetween>
    </Container>
  )
}

/** Leads to the tab of that name, as the button of AWS's console runs the test. */
function TestButton() {
  const navigate = useNavigate()
  const open = () =>
    void navigate({ to: '.', search: (previous: object) => ({ ...previous, tab: 'test' }) } as never)
  return <Button onClick={open}>Test</Button>
}

function UploadZip({ onZip, isDisabled }: { onZip: (bytes: Uint8Array) => void; isDisabled: boolean }) {
  if (isDisabled) return null
  return (
    <FileUpload
      value={[]}
      accept=".zip"
      i18nStrings={{
        uploadButtonText: () => 'Upload .zip file',
        dropzoneText: () => 'Drop the file',
        removeFileAriaLabel: () => 'Remove the file',
        errorIconAriaLabel: 'Error',
      }}
      onChange={({ detail }) =>
        void detail.value[0]?.arrayBuffer().then((buffer) => onZip(new Uint8Array(buffer)))
      }
    />
  )
}

const languageOf = (path: string) => {
  if (/\.(?:[cm]?js|jsx|[cm]?ts)$/.test(path)) return 'javascript'
  return path.endsWith('.json') ? 'json' : 'text'
}

function Files({ files, edits, onEdit }: { files: Files; edits: Edits; onEdit: (edits: Edits) => void }) {
  const { file } = useSearch({ strict: false }) as { file?: string }
  const navigate = useNavigate()
  const paths = [...files.keys()]
  const path = file !== undefined && files.has(file) ? file : (paths[0] ?? '')
  const open = (chosen: string) =>
    void navigate({
      to: '.',
      search: (previous: object) => ({ ...previous, file: chosen }),
      replace: true,
    } as never)
  const edit = (changed: string, text: string | undefined) => onEdit(new Map(edits).set(changed, text))
  const text = readText(files.get(path))
  return (
    <Grid gridDefinition={[{ colspan: { default: 12, s: 3 } }, { colspan: { default: 12, s: 9 } }]}>
      <FileList
        paths={paths}
        open={path}
        edits={edits}
        onOpen={open}
        onAdd={(added) => {
          edit(added, '')
          open(added)
        }}
        onRemove={(removed) => edit(removed, undefined)}
      />
      {text === undefined ? (
        <Box>This file is no text; it stays as it is.</Box>
      ) : (
        <CodeEditor
          key={path}
          value={text}
          onChange={(changed) => edit(path, changed)}
          language={languageOf(path)}
          label={`Code of ${path}`}
        />
      )}
    </Grid>
  )
}
