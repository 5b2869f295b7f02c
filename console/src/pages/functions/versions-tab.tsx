import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { Time } from '../../kit/time-cell.tsx'
import { lambda, type FunctionConfiguration } from './function.ts'

export function VersionsTab({ functionName: FunctionName }: { functionName: string }) {
  return (
    <RelatedTable<FunctionConfiguration>
      title="Versions"
      description="A version keeps code and configuration as they were published."
      call={lambda('ListVersionsByFunction', { FunctionName, MaxItems: 50 })}
      paging={{ marker: 'Marker', nextMarker: 'NextMarker' }}
      itemsOf={(output) => (output['Versions'] ?? []) as FunctionConfiguration[]}
      idOf={({ Version }) => Version}
      actions={
        <ActionButton
          label="Publish new version"
          needs={lambda('PublishVersion')}
          form={(close) => <Publish functionName={FunctionName} onClose={close} />}
        />
      }
      columns={[
        { header: 'Version', cell: ({ Version }) => Version },
        { header: 'Description', cell: ({ Description }) => (Description ? shown(Description) : '–') },
        { header: 'Last modified', cell: ({ LastModified }) => <Time at={LastModified} /> },
        { header: 'Runtime', cell: ({ Runtime }) => Runtime ?? '–' },
      ]}
      actionsOf={({ Version: Qualifier }) => [
        {
          label: 'Delete',
          operation: lambda('DeleteFunction', { FunctionName, Qualifier }),
          question: `Version ${Qualifier} is deleted; the function stays.`,
          typed: 'delete',
          disabledReason: Qualifier === '$LATEST' ? 'It is the function itself' : undefined,
        },
      ]}
    />
  )
}

function Publish({ functionName: FunctionName, onClose }: { functionName: string; onClose: () => void }) {
  const [Description, setDescription] = useState('')
  return (
    <FormModal
      title="Publish new version"
      submitLabel="Publish"
      calls={lambda('PublishVersion', { FunctionName, ...(Description !== '' && { Description }) })}
      onClose={onClose}
    >
      <TextField
        label="Version description - optional"
        member="description"
        value={Description}
        onChange={setDescription}
      />
    </FormModal>
  )
}
