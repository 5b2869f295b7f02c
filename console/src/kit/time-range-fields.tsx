import { SelectField, TextField } from './field.tsx'
import { ranges, type RangeSearch } from './time-range.ts'

export interface TimeRangeProps {
  search: RangeSearch
  onChange: (changed: RangeSearch) => void
}

const choices = [
  { value: '', label: 'Any time' },
  ...Object.entries(ranges).map(([value, { label }]) => ({ value, label })),
]

export const TimeRange = ({ search: { range = '' }, onChange }: TimeRangeProps) => (
  <SelectField
    label="Time range"
    choices={choices}
    value={range}
    onChange={(chosen) => onChange({ range: chosen })}
  />
)

/** For a range of one's own. */
export const From = ({ search: { after = '' }, onChange }: TimeRangeProps) => (
  <TextField
    label="From"
    member="after"
    placeholder="2026-01-31T12:00Z"
    value={after}
    onChange={(given) => onChange({ after: given.trim() })}
  />
)

export const Until = ({ search: { before = '' }, onChange }: TimeRangeProps) => (
  <TextField
    label="Until"
    member="before"
    placeholder="2026-01-31T13:00Z"
    value={before}
    onChange={(given) => onChange({ before: given.trim() })}
  />
)
