import { useState } from 'react'
import { Field, TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { PairsEditor, toPairs, toRecord, type Pair } from '../../kit/pairs-editor.tsx'
import { iot } from '../resources/list.tsx'
import type { ThingGroup } from './thing-group.ts'

/** Changes a thing group, unless somebody else has since it was shown. */
export function GroupForm({ group, onClose }: { group: ThingGroup; onClose: () => void }) {
  const { thingGroupName, version: expectedVersion, thingGroupProperties: before = {} } = group
  const [thingGroupDescription, setDescription] = useState(before.thingGroupDescription ?? '')
  const [attributes, setAttributes] = useState<readonly Pair[]>(toPairs(before.attributePayload?.attributes))
  return (
    <FormModal
      title="Edit thing group"
      submitLabel="Save changes"
      calls={iot('UpdateThingGroup', {
        thingGroupName,
        thingGroupProperties: {
          thingGroupDescription,
          attributePayload: { attributes: toRecord(attributes), merge: false },
        },
        expectedVersion,
      })}
      onClose={onClose}
    >
      <TextField
        label="Description - optional"
        member="thingGroupDescription"
        value={thingGroupDescription}
        onChange={setDescription}
      />
      <GroupAttributes pairs={attributes} onChange={setAttributes} />
    </FormModal>
  )
}

interface GroupAttributesProps {
  pairs: readonly Pair[]
  onChange: (pairs: readonly Pair[]) => void
}

export function GroupAttributes(props: GroupAttributesProps) {
  return (
    <Field label="Thing group attributes - optional" member="attributes" stretch>
      <PairsEditor noun="attribute" nameLabel="Attribute key" valueLabel="Value" {...props} />
    </Field>
  )
}
