import { useState } from 'react'
import { SelectField, TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { changeTags } from '../../kit/tags.tsx'
import { crlPolicyTag, crlTag, firstConnections, firstConnectionTag } from './first-connection.ts'

const crlPolicies = [
  { value: '', label: 'Default (soft)' },
  {
    value: 'soft',
    label: 'Soft',
    description: 'Without a list that holds, devices get in; the journal says so.',
  },
  { value: 'hard', label: 'Hard', description: 'Without a list that holds, nobody gets in.' },
]

interface FirstConnectionFormProps {
  resourceArn: string
  before: Readonly<Record<string, string>>
  onClose: () => void
}

export function FirstConnectionForm({ resourceArn, before, onClose }: FirstConnectionFormProps) {
  const [first, setFirst] = useState(before[firstConnectionTag] ?? '')
  const [crl, setCrl] = useState(before[crlTag] ?? '')
  const [policy, setPolicy] = useState(before[crlPolicyTag] ?? '')
  const wanted = { [firstConnectionTag]: first, [crlTag]: crl.trim(), [crlPolicyTag]: policy }
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ''))
  const others = Object.fromEntries(Object.entries(before).filter(([key]) => !(key in wanted)))
  const calls = changeTags(resourceArn, before, { ...others, ...given })
  return (
    <FormModal
      title="First connection and revocation list"
      submitLabel="Save changes"
      calls={calls}
      missing={calls.length === 0 ? 'Change something first' : undefined}
      onClose={onClose}
    >
      <SelectField
        label="First connection"
        member={firstConnectionTag}
        choices={firstConnections}
        value={first}
        onChange={setFirst}
      />
      <TextField
        label="Revocation list - optional"
        member={crlTag}
        description="An http or https URL, or the name of a file in the directory for revocation lists."
        value={crl}
        onChange={setCrl}
      />
      <SelectField
        label="When there is no list to be had"
        member={crlPolicyTag}
        choices={crlPolicies}
        value={policy}
        onChange={setPolicy}
      />
    </FormModal>
  )
}
