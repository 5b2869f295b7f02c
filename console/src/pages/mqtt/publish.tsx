import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { PairsEditor, type Pair } from '../../kit/pairs-editor.tsx'
import { useMissingPermissions } from '../../kit/permissions.ts'
import type { Publication } from './guest.ts'
import { fromHex, toBase64 } from './payload.ts'
import { QosField, type Qos } from './qos-field.tsx'
import type { MqttSession, Snapshot } from './session.ts'
import { useSending } from './use-sending.ts'

interface PublishProps {
  session: MqttSession
  snapshot: Snapshot
  /** True when one's own rights count. */
  isSelf: boolean
}

interface Form {
  topic: string
  text: string
  isHex: boolean
  qos: Qos
  isRetained: boolean
  contentType: string
  responseTopic: string
  correlation: string
  expirySeconds: string
  pairs: readonly Pair[]
}

const emptyForm: Form = {
  topic: '',
  text: '{\n  "message": "Hello from the Muster console"\n}',
  isHex: false,
  qos: 0,
  isRetained: false,
  contentType: '',
  responseTopic: '',
  correlation: '',
  expirySeconds: '',
  pairs: [],
}

/** `undefined` for what is no payload. */
function toPublication(form: Form): Publication | undefined {
  const { topic, text, isHex, qos, isRetained } = form
  const payload = isHex ? fromHex(text) : new TextEncoder().encode(text)
  return payload && { topic, payload, qos, isRetained, properties: propertiesOf(form) }
}

function propertiesOf({ contentType, responseTopic, correlation, expirySeconds, pairs }: Form) {
  const userProperties: Record<string, string[]> = {}
  for (const { name, value } of pairs) if (name !== '') (userProperties[name] ??= []).push(value)
  const properties = {
    ...(contentType !== '' && { contentType }),
    ...(responseTopic !== '' && { responseTopic }),
    ...(correlation !== '' && { correlationData: new TextEncoder().encode(correlation) }),
    ...(/^\d+$/.test(expirySeconds) && { messageExpiryInterval: Number(expirySeconds) }),
    ...(Object.keys(userProperties).length > 0 && { userProperties }),
  }
  return Object.keys(properties).length > 0 ? properties : undefined
}

export function Publish({ session, snapshot, isSelf }: PublishProps) {
  const [form, setForm] = useState(emptyForm)
  const [published, setPublished] = useState(0)
  const { send, isSending, error } = useSending()
  const [denied] = useMissingPermissions([isSelf ? { service: 'iot', operation: 'Publish' } : undefined])
  const change = (changed: Partial<Form>) => setForm((before) => ({ ...before, ...changed }))
  const publication = toPublication(form)
  const reason =
    denied ??
    (snapshot.state === 'connected' ? undefined : 'There is no connection') ??
    (form.topic === '' ? 'Type a topic name first' : undefined) ??
    (publication ? undefined : 'The payload must be hex digits, two a byte')
  const publish = () =>
    send(async () => {
      if (!publication) return
      await session.publish(publication)
      setPublished((count) => count + 1)
    })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (reason === undefined) publish()
      }}
    >
      <SpaceBetween size="m">
        <FormField
          label="Topic name"
          description="The topic name identifies the message. It is published with the Quality of Service chosen below."
          errorText={error}
        >
          <Input
            value={form.topic}
            spellcheck={false}
            placeholder="Enter the topic name"
            onChange={({ detail }) => change({ topic: detail.value })}
          />
        </FormField>
        <FormField label="Message payload">
          <Textarea
            value={form.text}
            rows={5}
            spellcheck={false}
            onChange={({ detail }) => change({ text: detail.value })}
          />
        </FormField>
        <ExpandableSection headerText="Additional configuration">
          <Additional form={form} change={change} />
        </ExpandableSection>
        <SpaceBetween direction="horizontal" size="s" alignItems="center">
          <Button
            variant="primary"
            loading={isSending}
            disabled={reason !== undefined}
            disabledReason={reason}
          >
            Publish
          </Button>
          {published > 0 && !error ? (
            <StatusIndicator>Published{published > 1 ? ` (${published})` : ''}</StatusIndicator>
          ) : null}
        </SpaceBetween>
        <CliEquivalent
          calls={[
            {
              service: 'iot-data',
              operation: 'Publish',
              input: {
                topic: form.topic === '' ? 'TOPIC' : form.topic,
                qos: form.qos,
                payload: toBase64(publication?.payload ?? new Uint8Array()),
                ...(form.isRetained && { retain: true }),
              },
            },
          ]}
        />
      </SpaceBetween>
    </form>
  )
}

function Additional({ form, change }: { form: Form; change: (changed: Partial<Form>) => void }) {
  const text = (label: string, name: 'contentType' | 'responseTopic' | 'correlation' | 'expirySeconds') => (
    <FormField label={label}>
      <Input
        value={form[name]}
        spellcheck={false}
        onChange={({ detail }) => change({ [name]: detail.value })}
      />
    </FormField>
  )
  return (
    <SpaceBetween size="m">
      <Checkbox checked={form.isRetained} onChange={({ detail }) => change({ isRetained: detail.checked })}>
        Retain message on this topic
      </Checkbox>
      <Checkbox checked={form.isHex} onChange={({ detail }) => change({ isHex: detail.checked })}>
        The payload is in hex digits
      </Checkbox>
      <QosField label="Quality of Service" qos={form.qos} onChange={(qos) => change({ qos })} />
      {text('Content type', 'contentType')}
      {text('Response topic', 'responseTopic')}
      {text('Correlation data', 'correlation')}
      {text('Message expiry interval in seconds', 'expirySeconds')}
      <PairsEditor
        noun="user property"
        nameLabel="Key"
        valueLabel="Value"
        pairs={form.pairs}
        onChange={(pairs) => change({ pairs })}
      />
    </SpaceBetween>
  )
}
