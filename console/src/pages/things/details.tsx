import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { ActionButtons } from '../../kit/action-buttons.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Timeline } from '../../kit/timeline.tsx'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { Connectivity } from './connectivity.tsx'
import { ThingGroupsOfThing } from './groups-of-thing.tsx'
import { Principals } from './principals.tsx'
import { Shadows } from './shadows.tsx'
import { describeThing, thingActions, type Thing } from './thing.ts'
import { ThingForm } from './thing-form.tsx'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const described = useCall<Thing>(describeThing(id))
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const thing = described.data
  const edit = {
    label: 'Edit',
    needs: iot('UpdateThing'),
    form: (close: () => void) => <ThingForm thing={thing} onClose={close} />,
  }
  const others = thingActions([id], () => router.history.push('/console/things'))
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<ActionButtons actions={[edit, ...others]} />}>
        {shown(id)}
      </Header>
      <ThingFacts thing={thing} />
      <UrlTabs
        tabs={[
          { id: 'certificates', label: 'Certificates', content: <Principals thingName={id} /> },
          { id: 'groups', label: 'Thing groups', content: <ThingGroupsOfThing thingName={id} /> },
          { id: 'shadows', label: 'Device Shadows', content: <Shadows thingName={id} /> },
          { id: 'activity', label: 'Activity', content: <Timeline subject={id} /> },
        ]}
      />
      <CliEquivalent calls={[describeThing(id)]} />
    </SpaceBetween>
  )
}

function ThingFacts({ thing }: { thing: Thing }) {
  const { thingName, thingArn, thingTypeName, billingGroupName, version, attributes = {} } = thing
  const attributeFacts = Object.entries(attributes).map(([name, value]) => [shown(name), shown(value)])
  return (
    <SpaceBetween size="l">
      <Details
        title="Details"
        facts={{
          'Thing ARN': <Copyable text={thingArn} what="the ARN" />,
          'Thing type': thingTypeName && (
            <PageLink href={`/thing-types/${encodeURIComponent(thingTypeName)}`}>
              {shown(thingTypeName)}
            </PageLink>
          ),
          'Billing group': billingGroupName && (
            <PageLink href={`/billing-groups/${encodeURIComponent(billingGroupName)}`}>
              {shown(billingGroupName)}
            </PageLink>
          ),
          Version: version,
          Connection: <Connectivity thingName={thingName} />,
        }}
      />
      {attributeFacts.length > 0 ? (
        <Details title="Attributes" facts={Object.fromEntries(attributeFacts)} />
      ) : null}
    </SpaceBetween>
  )
}
