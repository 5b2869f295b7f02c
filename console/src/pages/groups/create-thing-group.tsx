import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { NameField } from '../../kit/name-field.tsx'
import { toRecord, type Pair } from '../../kit/pairs-editor.tsx'
import { groupNamesIn, iot } from '../resources/list.tsx'
import { GroupAttributes } from './group-form.tsx'

export function Page() {
  const router = useRouter()
  const { parent = '' } = useSearch({ strict: false }) as { parent?: string }
  const [thingGroupName, setName] = useState('')
  const [parentGroupName, setParent] = useState(parent)
  const [thingGroupDescription, setDescription] = useState('')
  const [pairs, setPairs] = useState<readonly Pair[]>([])
  const attributes = toRecord(pairs)
  const properties = {
    ...(thingGroupDescription !== '' && { thingGroupDescription }),
    ...(Object.keys(attributes).length > 0 && { attributePayload: { attributes } }),
  }
  return (
    <FormPage
      title="Create static thing group"
      description="Policies of a group hold for the things in it, and for those in the groups below."
      submitLabel="Create thing group"
      calls={iot('CreateThingGroup', {
        thingGroupName,
        ...(parentGroupName !== '' && { parentGroupName }),
        ...(Object.keys(properties).length > 0 && { thingGroupProperties: properties }),
      })}
      missing={thingGroupName === '' ? 'Give the group a name first' : undefined}
      cancelHref="/thing-groups"
      onDone={() => router.history.push(`/console/thing-groups/${encodeURIComponent(thingGroupName)}`)}
    >
      <Container>
        <SpaceBetween size="l">
          <TextField
            label="Thing group name"
            member="thingGroupName"
            value={thingGroupName}
            onChange={setName}
          />
          <NameField
            label="Parent group - optional"
            member="parentGroupName"
            value={parentGroupName}
            onChange={setParent}
            call={iot('ListThingGroups', { maxResults: 250 })}
            namesOf={groupNamesIn}
          />
          <TextField
            label="Description - optional"
            member="thingGroupDescription"
            value={thingGroupDescription}
            onChange={setDescription}
          />
          <GroupAttributes pairs={pairs} onChange={setPairs} />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}
