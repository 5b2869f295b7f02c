import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'

export type Qos = 0 | 1 | 2

const choices = [
  { value: '0', label: 'Quality of Service 0', description: 'The message is delivered at most once.' },
  { value: '1', label: 'Quality of Service 1', description: 'The message is delivered at least once.' },
]

export function QosField(props: { label: string; qos: Qos; onChange: (qos: Qos) => void }) {
  const { label, qos, onChange } = props
  return (
    <FormField label={label}>
      <RadioGroup
        value={String(qos)}
        items={choices}
        onChange={({ detail }) => onChange(detail.value === '1' ? 1 : 0)}
      />
    </FormField>
  )
}
