/** What of the journal is shown. */
import ColumnLayout from '@cloudscape-design/components/column-layout'
import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Toggle from '@cloudscape-design/components/toggle'
import { SelectField, TextField } from '../../kit/field.tsx'
import { useReasons } from '../../kit/reason.tsx'
import { codesOf, ownRange, ranges, type LiveSearch } from './live-search.ts'

interface FilterFieldsProps {
  search: LiveSearch
  onChange: (changed: LiveSearch) => void
}

const rangeChoices = [
  { value: '', label: 'Any time' },
  ...Object.entries(ranges).map(([value, { label }]) => ({ value, label })),
]

const levelChoices = [
  { value: '', label: 'Any level' },
  { value: 'warn', label: 'Refused and failed' },
  { value: 'info', label: 'Went well' },
]

export function FilterFields({ search, onChange }: FilterFieldsProps) {
  const { level = '', ca = '', address = '', range = '', by } = search
  return (
    <SpaceBetween size="s">
      <ColumnLayout columns={4}>
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
        <SelectField
          label="Time range"
          choices={rangeChoices}
          value={range}
          onChange={(chosen) => onChange({ range: chosen })}
        />
        {range === ownRange ? <OwnRange search={search} onChange={onChange} /> : null}
      </ColumnLayout>
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

function OwnRange({ search: { after = '', before = '' }, onChange }: FilterFieldsProps) {
  return (
    <>
      <TextField
        label="From"
        member="after"
        placeholder="2026-01-31T12:00Z"
        value={after}
        onChange={(given) => onChange({ after: given.trim() })}
      />
      <TextField
        label="Until"
        member="before"
        placeholder="2026-01-31T13:00Z"
        value={before}
        onChange={(given) => onChange({ before: given.trim() })}
      />
    </>
  )
}
