/** What one is subscribed to, each with its colour. */
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Box from '@cloudscape-design/components/box'
import { shown } from '../../kit/shown.ts'
import type { Subscription } from './session.ts'

interface SubscriptionsProps {
  subscriptions: readonly Subscription[]
  /** The filter whose messages are shown; all when it is empty. */
  chosen: string
  onChoose: (filter: string) => void
  onUnsubscribe: (filter: string) => void
}

export function Hue({ hue }: Pick<Subscription, 'hue'>) {
  return <span className={`hue hue-${hue}`} aria-hidden="true" />
}

export function Subscriptions({ subscriptions, chosen, onChoose, onUnsubscribe }: SubscriptionsProps) {
  return (
    <Container header={<Header variant="h2">Subscriptions</Header>}>
      <SpaceBetween size="xs">
        {subscriptions.length === 0 ? <Box>You are subscribed to nothing yet.</Box> : null}
        {subscriptions.length > 1 || chosen !== '' ? (
          <Choice label="All" isChosen={chosen === ''} onChoose={() => onChoose('')} />
        ) : null}
        {subscriptions.map(({ filter, hue }) => (
          <SpaceBetween key={filter} direction="horizontal" size="xxs" alignItems="center">
            <Hue hue={hue} />
            <Choice label={shown(filter)} isChosen={chosen === filter} onChoose={() => onChoose(filter)} />
            <Button
              variant="inline-icon"
              iconName="close"
              ariaLabel={`Unsubscribe from ${shown(filter)}`}
              onClick={() => onUnsubscribe(filter)}
            />
          </SpaceBetween>
        ))}
      </SpaceBetween>
    </Container>
  )
}

function Choice({ label, isChosen, onChoose }: { label: string; isChosen: boolean; onChoose: () => void }) {
  return (
    <Link
      href="#"
      variant={isChosen ? 'primary' : 'secondary'}
      onFollow={(event) => {
        event.preventDefault()
        onChoose()
      }}
    >
      <span className="anywhere">{isChosen ? <strong>{label}</strong> : label}</span>
    </Link>
  )
}
