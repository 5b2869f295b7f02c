import SpaceBetween from '@cloudscape-design/components/space-between'
import Header from '@cloudscape-design/components/header'
import { useParams, useRouter } from '@tanstack/react-router'
import { ActionButtons } from '../../kit/action-buttons.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Tags } from '../../kit/tags.tsx'
import { showTime } from '../../kit/time.ts'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useCall } from '../../kit/use-call.ts'
import { AttachedPolicies } from '../certificates/attached-policies.tsx'
import { iot } from '../resources/list.tsx'
import { GroupForm } from './group-form.tsx'
import { Members } from './members.tsx'
import { Subgroups } from './subgroups.tsx'
import { thingGroupActions, type ThingGroup } from './thing-group.ts'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const describe = iot('DescribeThingGroup', { thingGroupName: id })
  const described = useCall<ThingGroup>(describe)
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const group = described.data
  const edit = {
    label: 'Edit',
    needs: iot('UpdateThingGroup'),
    form: (close: () => void) => <GroupForm group={group} onClose={close} />,
  }
  const others = thingGroupActions([id], () => router.history.push('/console/thing-groups'))
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<ActionButtons actions={[edit, ...others]} />}>
        {shown(id)}
      </Header>
      <GroupFacts group={group} />
      <UrlTabs
        tabs={[
          {
            id: 'things',
            label: 'Things',
            content: (
              <Members
                list={iot('ListThingsInThingGroup', { thingGroupName: id, maxResults: 100 })}
                add={(thingName) => iot('AddThingToThingGroup', { thingGroupName: id, thingName })}
                remove={(thingName) => iot('RemoveThingFromThingGroup', { thingGroupName: id, thingName })}
              />
            ),
          },
          { id: 'groups', label: 'Thing groups', content: <Subgroups parentGroupName={id} /> },
          {
            id: 'policies',
            label: 'Policies',
            content: <AttachedPolicies target={group.thingGroupArn} />,
          },
          { id: 'tags', label: 'Tags', content: <Tags resourceArn={group.thingGroupArn} /> },
        ]}
      />
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}

function GroupFacts({ group }: { group: ThingGroup }) {
  const { thingGroupArn, version, thingGroupProperties: properties = {}, thingGroupMetadata = {} } = group
  const { parentGroupName, creationDate } = thingGroupMetadata
  const attributes = Object.entries(properties.attributePayload?.attributes ?? {})
  return (
    <Details
      title="Details"
      facts={{
        'Thing group ARN': <Copyable text={thingGroupArn} what="the ARN" />,
        Description: properties.thingGroupDescription && shown(properties.thingGroupDescription),
        'Parent group': parentGroupName && (
          <PageLink href={`/thing-groups/${encodeURIComponent(parentGroupName)}`}>
            {shown(parentGroupName)}
          </PageLink>
        ),
        Created: showTime(creationDate),
        Version: version,
        ...Object.fromEntries(attributes.map(([name, value]) => [shown(name), shown(value)])),
      }}
    />
  )
}
