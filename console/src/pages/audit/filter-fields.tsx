/** Which calls are shown. */
import Grid, { type GridProps } from '@cloudscape-design/components/grid'
import { SelectField, TextField } from '../../kit/field.tsx'
import { From, TimeRange, Until } from '../../kit/time-range-fields.tsx'
import { ownRange } from '../../kit/time-range.ts'
import { outcomes } from './audit-event.ts'
import type { AuditSearch } from './audit-search.ts'

interface FilterFieldsProps {
  search: AuditSearch
  onChange: (changed: AuditSearch) => void
}

const callChoices = [
  { value: '', label: 'Changes' },
  { value: 'reads', label: 'Reads' },
  { value: 'all', label: 'All' },
]

const outcomeChoices = [
  { value: '', label: 'Any outcome' },
  ...Object.entries(outcomes).map(([value, { label }]) => ({ value, label })),
]

/** Of twelve columns: all six beside each other, or two of them. */
const narrow: GridProps.ElementDefinition = { colspan: { default: 6, s: 2 } }

export function FilterFields({ search, onChange }: FilterFieldsProps) {
  const { user = '', event = '', resource = '', calls = '', outcome = '', range } = search
  const isOwn = range === ownRange
  return (
    <Grid gridDefinition={Array.from({ length: isOwn ? 8 : 6 }, () => narrow)}>
      <TextField label="User name" value={user} onChange={(given) => onChange({ user: given.trim() })} />
      <TextField
        label="Event name"
        placeholder="CreateThing"
        value={event}
        onChange={(given) => onChange({ event: given.trim() })}
      />
      <TextField
        label="Resource"
        placeholder="Name or ARN"
        value={resource}
        onChange={(given) => onChange({ resource: given.trim() })}
      />
      <SelectField
        label="Calls"
        choices={callChoices}
        value={calls}
        onChange={(chosen) => onChange({ calls: chosen })}
      />
      <SelectField
        label="Outcome"
        choices={outcomeChoices}
        value={outcome}
        onChange={(chosen) => onChange({ outcome: chosen })}
      />
      <TimeRange search={search} onChange={onChange} />
      {isOwn ? <From search={search} onChange={onChange} /> : null}
      {isOwn ? <Until search={search} onChange={onChange} /> : null}
    </Grid>
  )
}
