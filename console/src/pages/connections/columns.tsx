import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Popover from '@cloudscape-design/components/popover'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Time } from '../../kit/time-cell.tsx'
import { useCall } from '../../kit/use-call.ts'

export interface Connection {
  clientId: string
  thingName?: string
  certificateId?: string
  /** Of an IAM identity, or of a person at the console. */
  identityArn?: string
  sourceIp: string
  protocol: string
  connectedAt?: string
  subscriptionCount: number
  queuedMessages: number
  droppedMessages: number
}

const showQueue = ({ queuedMessages, droppedMessages }: Connection) =>
  droppedMessages === 0 ? queuedMessages : `${queuedMessages}, ${droppedMessages} lost`

export const columns = [
  {
    id: 'client',
    header: 'Client ID',
    isRowHeader: true,
    cell: ({ clientId }: Connection) => (
      <PageLink href={`/explain?subject=${encodeURIComponent(clientId)}`}>{shown(clientId)}</PageLink>
    ),
  },
  {
    id: 'thing',
    header: 'Thing',
    cell: ({ thingName }: Connection) =>
      thingName === undefined ? (
        '–'
      ) : (
        <PageLink href={`/things/${encodeURIComponent(thingName)}`}>{shown(thingName)}</PageLink>
      ),
  },
  { id: 'principal', header: 'Principal', cell: (connection: Connection) => <Principal {...connection} /> },
  { id: 'from', header: 'From', cell: ({ sourceIp }: Connection) => shown(sourceIp) },
  { id: 'protocol', header: 'Protocol', cell: ({ protocol }: Connection) => protocol },
  {
    id: 'since',
    header: 'Since',
    cell: ({ connectedAt }: Connection) => <Time at={connectedAt} />,
  },
  {
    id: 'subscriptions',
    header: 'Subscriptions',
    cell: (connection: Connection) => <Subscriptions {...connection} />,
  },
  { id: 'queue', header: 'Queue', cell: showQueue },
]

/** A person who acts as a device has both. */
function Principal({ certificateId, identityArn }: Connection) {
  return (
    <SpaceBetween size="xxxs">
      {certificateId === undefined ? null : (
        <PageLink href={`/certificates/${certificateId}`}>{certificateId.slice(0, 12)}…</PageLink>
      )}
      {identityArn === undefined ? null : <span className="anywhere">{shown(identityArn)}</span>}
    </SpaceBetween>
  )
}

function Subscriptions({ clientId, subscriptionCount }: Connection) {
  if (subscriptionCount === 0) return 0
  return (
    <Popover
      triggerType="custom"
      header="Subscriptions"
      size="large"
      dismissAriaLabel="Close"
      content={<SubscriptionList clientId={clientId} />}
    >
      <Button variant="inline-link" ariaLabel={`Subscriptions of ${shown(clientId)}: ${subscriptionCount}`}>
        {subscriptionCount}
      </Button>
    </Popover>
  )
}

function SubscriptionList({ clientId }: Pick<Connection, 'clientId'>) {
  const listed = useCall<{ subscriptions?: { topicFilter: string; qos: number }[] }>({
    service: 'iot-data',
    operation: 'ListSubscriptions',
    input: { clientId, maxResults: 100 },
  })
  if (listed.error) return <Failure error={listed.error} />
  return (
    <SpaceBetween size="xxs">
      {(listed.data?.subscriptions ?? []).map(({ topicFilter, qos }) => (
        <Box key={topicFilter}>
          {shown(topicFilter)} (QoS {qos})
        </Box>
      ))}
    </SpaceBetween>
  )
}
