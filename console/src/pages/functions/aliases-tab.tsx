import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { SelectField, TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { useCall } from '../../kit/use-call.ts'
import { lambda, type FunctionConfiguration } from './function.ts'

interface Alias {
  Name: string
  FunctionVersion: string
  Description?: string
}

export function AliasesTab({ functionName: FunctionName }: { functionName: string }) {
  return (
    <RelatedTable<Alias>
      title="Aliases"
      description="Names for versions; a name can be given to another version later."
      call={lambda('ListAliases', { FunctionName, MaxItems: 50 })}
      paging={{ marker: 'Marker', nextMarker: 'NextMarker' }}
      itemsOf={(output) => (output['Aliases'] ?? []) as Alias[]}
      idOf={({ Name }) => Name}
      actions={
        <ActionButton
          label="Create alias"
          needs={lambda('CreateAlias')}
          form={(close) => <AliasForm functionName={FunctionName} onClose={close} />}
        />
      }
      columns={[
        { header: 'Name', cell: ({ Name }) => shown(Name) },
        { header: 'Version', cell: ({ FunctionVersion }) => FunctionVersion },
        { header: 'Description', cell: ({ Description }) => (Description ? shown(Description) : '–') },
      ]}
      actionsOf={(alias) => [
        {
          label: 'Edit',
          needs: lambda('UpdateAlias'),
          form: (close) => <AliasForm functionName={FunctionName} alias={alias} onClose={close} />,
        },
        {
          label: 'Delete',
          operation: lambda('DeleteAlias', { FunctionName, Name: alias.Name }),
          question: 'Whoever invokes the function by this name cannot do so any more.',
          typed: 'delete',
        },
      ]}
    />
  )
}

interface AliasFormProps {
  functionName: string
  /** The one to change; without it one is made. */
  alias?: Alias
  onClose: () => void
}

function AliasForm({ functionName: FunctionName, alias, onClose }: AliasFormProps) {
  const versions = useCall<{ Versions?: FunctionConfiguration[] }>(
    lambda('ListVersionsByFunction', { FunctionName, MaxItems: 50 }),
  )
  const [Name, setName] = useState(alias?.Name ?? '')
  const [FunctionVersion, setVersion] = useState(alias?.FunctionVersion ?? '$LATEST')
  const [Description, setDescription] = useState(alias?.Description ?? '')
  return (
    <FormModal
      title={alias ? `Edit alias ${shown(alias.Name)}` : 'Create alias'}
      submitLabel="Save"
      calls={lambda(alias ? 'UpdateAlias' : 'CreateAlias', {
        FunctionName,
        Name,
        FunctionVersion,
        Description,
      })}
      missing={Name === '' ? 'Give it a name first' : undefined}
      onClose={onClose}
    >
      {alias ? null : <TextField label="Name" member="name" value={Name} onChange={setName} />}
      <TextField
        label="Description - optional"
        member="description"
        value={Description}
        onChange={setDescription}
      />
      <SelectField
        label="Version"
        member="functionVersion"
        value={FunctionVersion}
        onChange={setVersion}
        isLoading={versions.isLoading}
        choices={(versions.data?.Versions ?? []).map(({ Version }) => ({ value: Version }))}
      />
    </FormModal>
  )
}
