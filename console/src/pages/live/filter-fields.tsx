/** What of the journal is shown. */
import FormField from '@cloudscape-design/components/form-field'
import Grid, { type GridProps } from '@cloudscape-design/components/grid'
import Multiselect from '@cloudscape-design/components/multiselect'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Toggle from '@cloudscape-design/components/toggle'
import { SelectField, TextField } from '../../kit/field.tsx'
import { useReasons } from '../../kit/reason.tsx'
import { ownRange } from '../../kit/time-range.ts'
import { From, TimeRange, Until } from '../../kit/time-range-fields.tsx'
import { codesOf, type LiveSearch } from './live-search.ts'

interface FilterFieldsProps {
  search: LiveSearch
  onChange: (changed: LiveSearch) => void
}

const levelChoices = [
  { value: '', label: 'Any level' },
  { value: 'warn', label: 'Refused and failed' },
  { value: 'info', label: 'Went well' },
]

/** Of twelve columns: all five beside each other, or two of them. */
const widths: readonly GridProps.ElementDefinition[] = [
  { colspan: { default: 12, s: 3 } },
  { colspan: { default: 6, s: 2 } },
  { colspan: { default: 6, s: 3 } },
  { colspan: { default: 6, s: 2 } },
  { colspan: { default: 6, s: 2 } },
]
const half: GridProps.ElementDefinition = { colspan: { default: 6, s: 3 } }

export function FilterFields({ search, onChange }: FilterFieldsProps) {
  const { level = '', ca = '', address = '', range = '', by } = search
  return (
    <SpaceBetween size="s">
      <Grid gridDefinition={range === ownRange ? [...widths, half, half] : widths}>
        <Reasons search={search} onChange={onChange} />
        <SelectField
          label="Level"
          choices={levelChoices}
          value={level}
          onChange={(chosen) => onChange({ level: chosen })}
        />
        <TextField
          label="CA certificate ID"
          member="caCertificateId"
          value={ca}
          onChange={(given) => onChange({ ca: given.trim() })}
        />
        <TextField
          label="IP address"
          member="address"
          value={address}
          onChange={(given) => onChange({ address: given.trim() })}
        />
        <TimeRange search={search} onChange={onChange} />
        {range === ownRange ? <From search={search} onChange={onChange} /> : null}
        {range === ownRange ? <Until search={search} onChange={onChange} /> : null}
      </Grid>
      <Toggle
        checked={by === 'device'}
        onChange={({ detail }) => onChange({ by: detail.checked ? 'device' : '' })}
      >
        Group by device
      </Toggle>
    </SpaceBetween>
  )
}

function Reasons({ search, onChange }: FilterFieldsProps) {
  const options = Object.entries(useReasons()).map(([value, { meaning }]) => ({
    value,
    description: meaning,
  }))
  return (
    <FormField label="Reasons">
      <Multiselect
        options={options}
        selectedOptions={codesOf(search).map((value) => ({ value }))}
        filteringType="auto"
        placeholder="All reasons"
        onChange={({ detail }) =>
          onChange({ code: detail.selectedOptions.flatMap(({ value }) => value ?? []).join(',') })
        }
      />
    </FormField>
  )
}
