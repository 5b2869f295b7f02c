import Checkbox from '@cloudscape-design/components/checkbox'
import { useState } from 'react'
import { FormModal } from '../../kit/form.tsx'
import { indentJson } from '../../kit/json-text.ts'
import { iot } from '../resources/list.tsx'
import { DocumentField } from './document-field.tsx'
import type { Policy } from './policy.ts'

/** A new version, of which there are five at most. */
export function VersionForm({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { policyName } = policy
  const [policyDocument, setDocument] = useState(indentJson(policy.policyDocument))
  const [setAsDefault, setDefault] = useState(true)
  return (
    <FormModal
      isLarge
      title="Edit active version"
      submitLabel="Save as new version"
      calls={iot('CreatePolicyVersion', { policyName, policyDocument, setAsDefault })}
      onClose={onClose}
    >
      <DocumentField value={policyDocument} onChange={setDocument} />
      <Checkbox checked={setAsDefault} onChange={({ detail }) => setDefault(detail.checked)}>
        Set the edited version as the active version for this policy
      </Checkbox>
    </FormModal>
  )
}
