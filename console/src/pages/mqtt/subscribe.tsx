import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useMissingPermissions } from '../../kit/permissions.ts'
import { QosField, type Qos } from './qos-field.tsx'
import type { MqttSession, Snapshot } from './session.ts'
import { useSending } from './use-sending.ts'

interface SubscribeProps {
  session: MqttSession
  snapshot: Snapshot
  /** True when one's own rights count. */
  isSelf: boolean
  onSubscribed: (filter: string) => void
}

export function Subscribe({ session, snapshot, isSelf, onSubscribed }: SubscribeProps) {
  const [filter, setFilter] = useState('')
  const [qos, setQos] = useState<Qos>(0)
  const { send, isSending, error } = useSending()
  const [denied] = useMissingPermissions([isSelf ? { service: 'iot', operation: 'Subscribe' } : undefined])
  const reason =
    denied ??
    (snapshot.state === 'connected' ? undefined : 'There is no connection') ??
    (filter === '' ? 'Type a topic filter first' : undefined)
  const subscribe = () =>
    send(async () => {
      await session.subscribe(filter, qos)
      onSubscribed(filter)
    })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (reason === undefined) subscribe()
      }}
    >
      <SpaceBetween size="m">
        <FormField
          label="Topic filter"
          description="The topic filter describes the topics to which you want to subscribe. It can include the MQTT wildcard characters + and #."
          errorText={error}
        >
          <Input
            value={filter}
            spellcheck={false}
            placeholder="Enter the topic filter"
            onChange={({ detail }) => setFilter(detail.value)}
          />
        </FormField>
        <ExpandableSection headerText="Additional configuration">
          <QosField label="Quality of Service of what is received" qos={qos} onChange={setQos} />
        </ExpandableSection>
        <Button variant="primary" loading={isSending} disabled={reason !== undefined} disabledReason={reason}>
          Subscribe
        </Button>
      </SpaceBetween>
    </form>
  )
}
