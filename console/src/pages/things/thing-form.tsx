import { useState } from 'react'
import type { OperationCall } from '../../api/call.ts'
import { FormModal } from '../../kit/form.tsx'
import { toPairs, toRecord } from '../../kit/pairs-editor.tsx'
import { iot } from '../resources/list.tsx'
import { ThingFields, type ThingValues } from './thing-fields.tsx'
import type { Thing } from './thing.ts'

/** Changes a thing, unless somebody else has since it was shown. */
export function ThingForm({ thing, onClose }: { thing: Thing; onClose: () => void }) {
  const [values, setValues] = useState<ThingValues>({
    thingTypeName: thing.thingTypeName ?? '',
    billingGroupName: thing.billingGroupName ?? '',
    attributes: toPairs(thing.attributes),
  })
  return (
    <FormModal
      isLarge
      title="Edit thing"
      submitLabel="Save changes"
      calls={callsFor(thing, values)}
      onClose={onClose}
    >
      <ThingFields values={values} change={(changed) => setValues({ ...values, ...changed })} />
    </FormModal>
  )
}

function callsFor(
  thing: Thing,
  { thingTypeName, billingGroupName, attributes }: ThingValues,
): OperationCall[] {
  const {
    thingName,
    version: expectedVersion,
    thingTypeName: typeBefore,
    billingGroupName: groupBefore,
  } = thing
  const isUntyped = thingTypeName === '' && typeBefore !== undefined
  const update = iot('UpdateThing', {
    thingName,
    attributePayload: { attributes: toRecord(attributes), merge: false },
    ...(thingTypeName !== '' && thingTypeName !== typeBefore && { thingTypeName }),
    ...(isUntyped && { removeThingType: true }),
    expectedVersion,
  })
  if (billingGroupName === (groupBefore ?? '')) return [update]
  return [
    update,
    billingGroupName === ''
      ? iot('RemoveThingFromBillingGroup', { thingName, billingGroupName: groupBefore })
      : iot('AddThingToBillingGroup', { thingName, billingGroupName }),
  ]
}
