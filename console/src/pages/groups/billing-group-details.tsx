import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { ActionButtons } from '../../kit/action-buttons.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { shown } from '../../kit/shown.ts'
import { Tags } from '../../kit/tags.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { billingGroupActions, type BillingGroup } from './billing-group.ts'
import { Members } from './members.tsx'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const describe = iot('DescribeBillingGroup', { billingGroupName: id })
  const described = useCall<BillingGroup>(describe)
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const group = described.data
  const { billingGroupArn, version, billingGroupProperties, billingGroupMetadata } = group
  const description = billingGroupProperties?.billingGroupDescription
  const edit = {
    label: 'Edit',
    needs: iot('UpdateBillingGroup'),
    form: (close: () => void) => <BillingGroupForm group={group} onClose={close} />,
  }
  const others = billingGroupActions([id], () => router.history.push('/console/billing-groups'))
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<ActionButtons actions={[edit, ...others]} />}>
        {shown(id)}
      </Header>
      <Details
        title="Details"
        facts={{
          'Billing group ARN': <Copyable text={billingGroupArn} what="the ARN" />,
          Description: description && shown(description),
          Created: showTime(billingGroupMetadata?.creationDate),
          Version: version,
        }}
      />
      <Members
        list={iot('ListThingsInBillingGroup', { billingGroupName: id, maxResults: 100 })}
        add={(thingName) => iot('AddThingToBillingGroup', { billingGroupName: id, thingName })}
        remove={(thingName) => iot('RemoveThingFromBillingGroup', { billingGroupName: id, thingName })}
      />
      <Tags resourceArn={billingGroupArn} />
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}

function BillingGroupForm({ group, onClose }: { group: BillingGroup; onClose: () => void }) {
  const { billingGroupName, version: expectedVersion, billingGroupProperties } = group
  const [billingGroupDescription, setDescription] = useState(
    billingGroupProperties?.billingGroupDescription ?? '',
  )
  return (
    <FormModal
      title="Edit billing group"
      submitLabel="Save changes"
      calls={iot('UpdateBillingGroup', {
        billingGroupName,
        billingGroupProperties: { billingGroupDescription },
        expectedVersion,
      })}
      onClose={onClose}
    >
      <TextField
        label="Description"
        member="billingGroupDescription"
        value={billingGroupDescription}
        onChange={setDescription}
      />
    </FormModal>
  )
}
