import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { LikelyActions } from '../../kit/likely-actions.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { Tags } from '../../kit/tags.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { iot, linked, tokens, valueOf, type Row } from '../resources/list.tsx'
import { thingTypeActions, type ThingType } from './thing-type.ts'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const describe = iot('DescribeThingType', { thingTypeName: id })
  const described = useCall<ThingType>(describe)
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const { thingTypeArn = '', thingTypeProperties: properties = {}, thingTypeMetadata } = described.data
  const actions = thingTypeActions([described.data], () => router.history.push('/console/thing-types'))
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<LikelyActions actions={actions} />}>
        {shown(id)}
      </Header>
      <Details
        title="Details"
        facts={{
          'Thing type ARN': <Copyable text={thingTypeArn} what="the ARN" />,
          Description: properties.thingTypeDescription && shown(properties.thingTypeDescription),
          'Searchable attributes': properties.searchableAttributes?.map(shown).join(', '),
          Created: showTime(thingTypeMetadata?.creationDate),
          Deprecated: thingTypeMetadata?.deprecated ? showTime(thingTypeMetadata.deprecationDate) : 'no',
        }}
      />
      <RelatedTable<Row>
        title="Things of this type"
        call={iot('ListThings', { thingTypeName: id, maxResults: 100 })}
        paging={tokens}
        itemsOf={(output) => (output['things'] ?? []) as Row[]}
        idOf={(row) => valueOf(row, 'thingName')}
        columns={[{ header: 'Name', cell: linked('thingName', '/things') }]}
      />
      <Tags resourceArn={thingTypeArn} />
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}
