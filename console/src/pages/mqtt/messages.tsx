/** The messages that came, the newest first. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import { shown } from '../../kit/shown.ts'
import { text } from '../../text/en.ts'
import { exportMessages } from './export-messages.ts'
import { showPayload, type View } from './payload.ts'
import type { MqttSession, Snapshot, Subscription } from './session.ts'
import { Hue } from './subscriptions.tsx'
import { matchesFilter } from './topic-filter.ts'
import type { Message, Properties } from './traffic.ts'

interface MessagesProps {
  session: MqttSession
  snapshot: Snapshot
  /** A topic filter; empty for all. */
  chosen: string
  wanted: string
  onWant: (wanted: string) => void
}

const shownMessages = 100

const views = [
  { id: 'json', text: 'JSON' },
  { id: 'text', text: 'Text' },
  { id: 'hex', text: 'Hex' },
]

export function Messages({ session, snapshot, chosen, wanted, onWant }: MessagesProps) {
  const [view, setView] = useState<View>('json')
  const { isPaused, subscriptions, total } = snapshot
  const messages = select(snapshot.messages, chosen, wanted)
  return (
    <Table<Message>
      items={messages.slice(-shownMessages).toReversed()}
      trackBy={({ id }) => String(id)}
      wrapLines
      columnDefinitions={[
        {
          id: 'at',
          header: 'Time',
          minWidth: 120,
          cell: ({ at }) => <span className="unbroken">{timeOf(at)}</span>,
        },
        {
          id: 'topic',
          header: 'Topic',
          minWidth: 160,
          cell: (message) => <Topic message={message} subscriptions={subscriptions} />,
        },
        {
          id: 'payload',
          header: 'Payload',
          minWidth: 220,
          cell: ({ payload, properties }) => (
            <>
              <pre className="payload">{showPayload(payload, view)}</pre>
              <PropertyList properties={properties} />
            </>
          ),
        },
        {
          id: 'resend',
          header: 'Send again',
          cell: (message) => (
            <Resend message={message} session={session} isConnected={snapshot.state === 'connected'} />
          ),
        },
      ]}
      header={
        <Header
          variant="h2"
          counter={`(${messages.length}${total > snapshot.messages.length ? ` of ${total}` : ''})`}
          info={isPaused ? <StatusIndicator type="stopped">Paused</StatusIndicator> : null}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <SegmentedControl
                label="Payload as"
                selectedId={view}
                options={views}
                onChange={({ detail }) => setView(detail.selectedId as View)}
              />
              <Button iconName={isPaused ? 'play' : 'pause'} onClick={() => session.pause(!isPaused)}>
                {isPaused ? text.goOn : text.pause}
              </Button>
              <Button onClick={session.clear}>Clear</Button>
              <Button
                iconName="download"
                disabled={messages.length === 0}
                disabledReason="There is no message to export"
                onClick={() => exportMessages(messages)}
              >
                Export
              </Button>
            </SpaceBetween>
          }
        >
          Messages
        </Header>
      }
      filter={
        <TextFilter
          filteringText={wanted}
          filteringPlaceholder="Find in topics and payloads"
          filteringAriaLabel="Find in topics and payloads"
          countText={wanted === '' ? '' : text.matches(messages.length)}
          onChange={({ detail }) => onWant(detail.filteringText)}
        />
      }
      empty={<Box textAlign="center">No message has come yet.</Box>}
    />
  )
}

function select(messages: readonly Message[], chosen: string, wanted: string): readonly Message[] {
  const ofFilter = chosen === '' ? messages : messages.filter(({ topic }) => matchesFilter(chosen, topic))
  if (wanted === '') return ofFilter
  const small = wanted.toLowerCase()
  const decoder = new TextDecoder()
  return ofFilter.filter(
    ({ topic, payload }) =>
      topic.toLowerCase().includes(small) || decoder.decode(payload).toLowerCase().includes(small),
  )
}

const timeOf = (at: number) => new Date(at).toISOString().slice(11, 23)

function Topic({ message, subscriptions }: { message: Message; subscriptions: readonly Subscription[] }) {
  const { topic, qos, isRetained } = message
  const hues = subscriptions.filter(({ filter }) => matchesFilter(filter, topic))
  return (
    <>
      <span className="anywhere">
        {hues.map(({ filter, hue }) => (
          <Hue key={filter} hue={hue} />
        ))}
        {shown(topic)}
      </span>
      <Box color="text-body-secondary" fontSize="body-s">
        QoS {qos}
        {isRetained ? ', retained' : ''}
      </Box>
    </>
  )
}

function PropertyList({ properties }: { properties: Properties | undefined }) {
  const { userProperties = {}, correlationData, ...others } = properties ?? {}
  const lines = [
    ...Object.entries(others).map(([name, value]) => `${name}: ${String(value)}`),
    ...(correlationData ? [`correlationData: ${new TextDecoder().decode(correlationData)}`] : []),
    ...Object.entries(userProperties).map(([name, value]) => `${name} = ${String(value)}`),
  ]
  if (lines.length === 0) return null
  return (
    <Box color="text-body-secondary" fontSize="body-s">
      {lines.map((line) => (
        <div key={line} className="anywhere">
          {shown(line)}
        </div>
      ))}
    </Box>
  )
}

function Resend({
  message,
  session,
  isConnected,
}: {
  message: Message
  session: MqttSession
  isConnected: boolean
}) {
  return (
    <Button
      variant="inline-link"
      disabled={!isConnected}
      ariaLabel={`Resend message ${message.id}`}
      onClick={() => {
        const { topic, payload, qos, isRetained, properties } = message
        session.publish({ topic, payload, qos, isRetained, properties }).catch(() => {
          // what was refused is shown above
        })
      }}
    >
      Resend
    </Button>
  )
}
