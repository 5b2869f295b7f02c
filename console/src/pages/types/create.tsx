import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { iot } from '../resources/list.tsx'

export function Page() {
  const router = useRouter()
  const [thingTypeName, setName] = useState('')
  const [thingTypeDescription, setDescription] = useState('')
  const [names, setNames] = useState('')
  const searchableAttributes = names.split(/[\s,]+/).filter((name) => name !== '')
  const properties = {
    ...(thingTypeDescription !== '' && { thingTypeDescription }),
    ...(searchableAttributes.length > 0 && { searchableAttributes }),
  }
  return (
    <FormPage
      title="Create thing type"
      submitLabel="Create thing type"
      calls={iot('CreateThingType', {
        thingTypeName,
        ...(Object.keys(properties).length > 0 && { thingTypeProperties: properties }),
      })}
      missing={thingTypeName === '' ? 'Give the type a name first' : undefined}
      cancelHref="/thing-types"
      onDone={() => router.history.push(`/console/thing-types/${encodeURIComponent(thingTypeName)}`)}
    >
      <Container>
        <SpaceBetween size="l">
          <TextField
            label="Thing type name"
            member="thingTypeName"
            value={thingTypeName}
            onChange={setName}
          />
          <TextField
            label="Description - optional"
            member="thingTypeDescription"
            value={thingTypeDescription}
            onChange={setDescription}
          />
          <TextField
            label="Searchable attributes - optional"
            member="searchableAttributes"
            description="Up to three names, with commas between them."
            value={names}
            onChange={setNames}
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}
