/** One call, as it was recorded. */
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useSearch } from '@tanstack/react-router'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { CodeEditor } from '../../kit/code-editor.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { indentJson } from '../../kit/json-text.ts'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { pageOfArn } from '../../search.ts'
import { text } from '../../text/en.ts'
import { recordOf, type AuditEvent, type AuditRecord } from './audit-event.ts'
import { eventHref, OutcomeOf } from './columns.tsx'

export function Page() {
  const { id = '' } = useSearch({ strict: false }) as { id?: string }
  const LookupAttributes = [{ AttributeKey: 'EventId', AttributeValue: id }]
  const lookup = { service: 'cloudtrail', operation: 'LookupEvents', input: { LookupAttributes } }
  const found = useCall<{ Events?: AuditEvent[] }>(lookup)
  if (found.error) return <Failure error={found.error} />
  if (!found.data) return null
  const [event] = found.data.Events ?? []
  if (!event) return <Failure error={new Error(`There is no event ${id}: events are kept for a time`)} />
  const record = recordOf(event)
  return (
    <SpaceBetween size="l">
      <Header variant="h1">{shown(event.EventName)}</Header>
      <Details title="Details" facts={factsOf(event, record)} />
      <Resources record={record} />
      <Container header={<Header variant="h2">Event record</Header>}>
        <CodeEditor value={indentJson(event.CloudTrailEvent)} language="json" label="Event record" />
      </Container>
      <CliEquivalent calls={[lookup]} />
    </SpaceBetween>
  )
}

/** Text that anybody may have chosen, of any length. */
const long = (value: string | null | undefined) =>
  value ? <span className="anywhere">{shown(value)}</span> : '–'

function factsOf(event: AuditEvent, record: AuditRecord) {
  const { userIdentity = {}, errorCode, errorMessage, additionalEventData } = record
  const corrected = additionalEventData?.correctsEventID
  return {
    Outcome: <OutcomeOf event={event} />,
    ...(errorCode !== undefined && { 'Error code': long(errorCode), 'Error message': long(errorMessage) }),
    ...(corrected !== undefined && {
      'Fails after all': <PageLink href={eventHref(corrected)}>The call that was told to succeed</PageLink>,
    }),
    'Event time': showTime(event.EventTime),
    'User name': long(event.Username),
    'User ARN': long(userIdentity.arn),
    'Access key ID': long(userIdentity.accessKeyId),
    From: long(record.sourceIPAddress),
    'User agent': long(record.userAgent),
    'Event source': long(event.EventSource),
    'Changes something': event.ReadOnly === 'true' ? 'No' : 'Yes',
    'Request ID': long(record.requestID),
    'Event ID': <Copyable text={event.EventId} what="the event ID" />,
  }
}

/** What was judged. */
const Resources = ({ record: { resources = [] } }: { record: AuditRecord }) => (
  <Table
    items={resources}
    trackBy="ARN"
    wrapLines
    header={<Header counter={`(${resources.length})`}>Resources</Header>}
    columnDefinitions={[
      { id: 'type', header: 'Type', cell: ({ type }) => type ?? '–' },
      { id: 'arn', header: 'ARN', isRowHeader: true, cell: ({ ARN }) => <LinkedArn arn={ARN} /> },
    ]}
    empty={<Box textAlign="center">{text.none}</Box>}
  />
)

function LinkedArn({ arn }: { arn: string }) {
  const page = pageOfArn(arn)
  const name = <span className="anywhere">{shown(arn)}</span>
  return page === undefined ? name : <PageLink href={page}>{name}</PageLink>
}
