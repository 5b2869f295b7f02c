/** Subscribes and publishes as a person, or as a device would. */
import './mqtt.css'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Tabs from '@cloudscape-design/components/tabs'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Failure } from '../../kit/failure.tsx'
import { Connection } from './connection.tsx'
import { Denials } from './denials.tsx'
import { Messages } from './messages.tsx'
import { Publish } from './publish.tsx'
import { Subscribe } from './subscribe.tsx'
import { Subscriptions } from './subscriptions.tsx'
import { Topics } from './topics.tsx'
import { useSession } from './use-session.ts'

interface Search {
  /** Whose rights count: a certificate id. */
  as?: string
  clientId?: string
  tab?: string
  /** The subscription whose messages are shown. */
  filter?: string
  q?: string
}

export function Page() {
  const {
    as: actAs,
    clientId,
    tab = 'subscribe',
    filter = '',
    q = '',
  } = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const go = (changed: Search) =>
    void navigate({
      to: '.',
      search: (previous: object) => ({ ...previous, ...changed }),
      replace: true,
    } as never)
  const { session, snapshot } = useSession({ actAs, clientId })
  const isSelf = actAs === undefined
  const common = { session, snapshot, isSelf }
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Monitor the messages that devices and services exchange, and publish your own."
        info={<State {...snapshot} />}
        actions={
          snapshot.state === 'disconnected' ? (
            <Button onClick={() => void session.connect()}>Reconnect</Button>
          ) : null
        }
      >
        MQTT test client
      </Header>
      {snapshot.error ? <Failure error={snapshot.error} /> : null}
      <Connection
        key={`${actAs} ${clientId}`}
        identity={{ actAs, clientId }}
        snapshot={snapshot}
        onConnect={(identity) => {
          if (identity.actAs === actAs && identity.clientId === clientId) void session.connect()
          else go({ as: identity.actAs, clientId: identity.clientId })
        }}
        onDisconnect={session.disconnect}
      />
      <Container>
        <Tabs
          activeTabId={tab}
          onChange={({ detail }) => go({ tab: detail.activeTabId })}
          tabs={[
            {
              id: 'subscribe',
              label: <TabLabel verb="Subscribe" />,
              content: <Subscribe {...common} onSubscribed={() => go({ filter: undefined })} />,
            },
            { id: 'publish', label: <TabLabel verb="Publish" />, content: <Publish {...common} /> },
          ]}
        />
      </Container>
      <Denials denials={snapshot.denials} onDismiss={session.dismissDenials} />
      <Grid gridDefinition={[{ colspan: { default: 12, m: 4 } }, { colspan: { default: 12, m: 8 } }]}>
        <SpaceBetween size="l">
          <Subscriptions
            subscriptions={snapshot.subscriptions}
            chosen={filter}
            onChoose={(chosen) => go({ filter: chosen === '' ? undefined : chosen })}
            onUnsubscribe={(gone) => {
              if (gone === filter) go({ filter: undefined })
              void session.unsubscribe(gone)
            }}
          />
          <Topics topics={snapshot.topics} unlisted={snapshot.unlisted} />
        </SpaceBetween>
        <Messages
          session={session}
          snapshot={snapshot}
          chosen={filter}
          wanted={q}
          onWant={(wanted) => go({ q: wanted === '' ? undefined : wanted })}
        />
      </Grid>
    </SpaceBetween>
  )
}

const states = {
  connected: { type: 'success', text: 'Connected' },
  connecting: { type: 'loading', text: 'Connecting' },
  disconnected: { type: 'stopped', text: 'Disconnected' },
} as const

function State({ state }: { state: keyof typeof states }) {
  const { type, text } = states[state]
  return <StatusIndicator type={type}>{text}</StatusIndicator>
}

/** Both have room on a narrow page. */
const TabLabel = ({ verb }: { verb: string }) => (
  <>
    {verb}
    <span className="wide"> to a topic</span>
  </>
)
