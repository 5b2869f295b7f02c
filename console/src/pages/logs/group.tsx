import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { SelectField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { Time } from '../../kit/time-cell.tsx'
import { useCall } from '../../kit/use-call.ts'
import { groupActions } from './actions.ts'
import { filterCall } from './event.ts'
import { eventsHref } from './href.ts'

interface Group {
  logGroupName: string
  arn?: string
  retentionInDays?: number
  storedBytes?: number
  creationTime?: number
}

interface Stream {
  logStreamName: string
  lastEventTimestamp?: number
}

const logs = (operation: string, input: object) => ({ service: 'logs', operation, input })

export function Page() {
  const { group: name = '' } = useSearch({ strict: false }) as { group?: string }
  const router = useRouter()
  const described = useCall<{ logGroups?: Group[] }>(
    logs('DescribeLogGroups', { logGroupNamePrefix: name, limit: 1 }),
  )
  const group = described.data?.logGroups?.find(({ logGroupName }) => logGroupName === name)
  const actions = groupActions([name], () => router.history.push('/console/log-groups'))
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ActionsMenu
              actions={[
                {
                  label: 'Edit retention setting(s)',
                  needs: logs('PutRetentionPolicy', {}),
                  form: (close) => <Retention name={name} days={group?.retentionInDays} onClose={close} />,
                },
                ...actions,
              ]}
            />
            <ActionButton
              label="Start tailing"
              href={`${eventsHref({ group: name })}&live=on`}
              needs={filterCall({ group: name })}
            />
            <ActionButton
              label="Search log group"
              variant="primary"
              href={eventsHref({ group: name })}
              needs={filterCall({ group: name })}
            />
          </SpaceBetween>
        }
      >
        {shown(name)}
      </Header>
      {described.error ? <Failure error={described.error} /> : null}
      <Details
        title="Log group details"
        facts={{
          Retention: group?.retentionInDays === undefined ? 'Never expire' : `${group.retentionInDays} days`,
          'Stored bytes': group?.storedBytes,
          'Creation time': showTime(
            group?.creationTime === undefined ? undefined : group.creationTime / 1000,
          ),
          ARN: group?.arn && <Copyable text={group.arn} what="the ARN" />,
        }}
      />
      <RelatedTable<Stream>
        title="Log streams"
        call={logs('DescribeLogStreams', {
          logGroupName: name,
          orderBy: 'LastEventTime',
          descending: true,
          limit: 50,
        })}
        paging={{ marker: 'nextToken', nextMarker: 'nextToken' }}
        itemsOf={(output) => (output['logStreams'] ?? []) as Stream[]}
        idOf={({ logStreamName }) => logStreamName}
        columns={[
          {
            header: 'Log stream',
            cell: ({ logStreamName: stream }) => (
              <PageLink href={`${eventsHref({ group: name, stream })}&range=all`}>
                <span className="anywhere">{shown(stream)}</span>
              </PageLink>
            ),
          },
          {
            header: 'Last event time',
            cell: ({ lastEventTimestamp: at }) => <Time at={at === undefined ? undefined : at / 1000} />,
          },
        ]}
      />
    </SpaceBetween>
  )
}

/** Source: CloudWatch Logs API Reference, "PutRetentionPolicy". */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

interface RetentionProps {
  name: string
  days: number | undefined
  onClose: () => void
}

function Retention({ name: logGroupName, days, onClose }: RetentionProps) {
  const [chosen, setChosen] = useState(String(days ?? ''))
  return (
    <FormModal
      title="Edit retention setting"
      submitLabel="Save"
      calls={
        chosen === ''
          ? logs('DeleteRetentionPolicy', { logGroupName })
          : logs('PutRetentionPolicy', { logGroupName, retentionInDays: Number(chosen) })
      }
      onClose={onClose}
    >
      <SelectField
        label="Expire events after"
        member="retentionInDays"
        value={chosen}
        onChange={setChosen}
        choices={[
          { value: '', label: 'Never expire' },
          ...retentions.map((value) => ({ value: String(value), label: `${value} days` })),
        ]}
      />
    </FormModal>
  )
}
