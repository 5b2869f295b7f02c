import { NameField } from '../../kit/name-field.tsx'
import { PairsEditor, type Pair } from '../../kit/pairs-editor.tsx'
import { Field } from '../../kit/field.tsx'
import { billingGroupNamesIn, iot, typeNamesIn } from '../resources/list.tsx'

/** What can be said of a thing, as its form stands; empty texts are what was not given. */
export interface ThingValues {
  thingTypeName: string
  billingGroupName: string
  attributes: readonly Pair[]
}

interface ThingFieldsProps {
  values: ThingValues
  change: (changed: Partial<ThingValues>) => void
}

export function ThingFields({ values, change }: ThingFieldsProps) {
  return (
    <>
      <NameField
        label="Thing type - optional"
        member="thingTypeName"
        value={values.thingTypeName}
        onChange={(thingTypeName) => change({ thingTypeName })}
        call={iot('ListThingTypes', { maxResults: 250 })}
        namesOf={typeNamesIn}
      />
      <NameField
        label="Billing group - optional"
        member="billingGroupName"
        value={values.billingGroupName}
        onChange={(billingGroupName) => change({ billingGroupName })}
        call={iot('ListBillingGroups', { maxResults: 250 })}
        namesOf={billingGroupNamesIn}
      />
      <Field label="Searchable thing attributes - optional" member="attributes" stretch>
        <PairsEditor
          noun="attribute"
          nameLabel="Attribute key"
          valueLabel="Value"
          pairs={values.attributes}
          onChange={(attributes) => change({ attributes })}
        />
      </Field>
    </>
  )
}
