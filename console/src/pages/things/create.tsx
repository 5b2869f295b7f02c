import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { toRecord } from '../../kit/pairs-editor.tsx'
import { iot } from '../resources/list.tsx'
import { ThingFields, type ThingValues } from './thing-fields.tsx'

export function Page() {
  const router = useRouter()
  const [thingName, setName] = useState('')
  const [values, setValues] = useState<ThingValues>({
    thingTypeName: '',
    billingGroupName: '',
    attributes: [],
  })
  const { thingTypeName, billingGroupName } = values
  const attributes = toRecord(values.attributes)
  return (
    <FormPage
      title="Create single thing"
      description="A thing is a device as your account knows it: a name, and what is said of it."
      submitLabel="Create thing"
      calls={iot('CreateThing', {
        thingName,
        ...(thingTypeName !== '' && { thingTypeName }),
        ...(Object.keys(attributes).length > 0 && { attributePayload: { attributes } }),
        ...(billingGroupName !== '' && { billingGroupName }),
      })}
      missing={thingName === '' ? 'Give the thing a name first' : undefined}
      cancelHref="/things"
      onDone={() => router.history.push(`/console/things/${encodeURIComponent(thingName)}`)}
    >
      <Container>
        <SpaceBetween size="l">
          <TextField
            label="Thing name"
            member="thingName"
            constraintText="Letters, digits, and : _ - ; it cannot be changed later."
            value={thingName}
            onChange={setName}
          />
          <ThingFields values={values} change={(changed) => setValues({ ...values, ...changed })} />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}
