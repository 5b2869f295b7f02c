import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter, useSearch } from '@tanstack/react-router'
import { ActionButton } from '../../kit/action-button.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { shown, shownLines } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { bytesOf, textOf } from '../../kit/bytes.ts'
import { retainedActions } from './actions.ts'

interface Got {
  topic: string
  payload?: string
  qos?: number
  lastModifiedTime?: number
}

/** What people can read, else its bytes in base64. */
function payloadText(base64: string): string {
  const text = textOf(bytesOf(base64))
  return text === undefined ? `base64: ${base64}` : shownLines(text)
}

export function Page() {
  const { topic = '' } = useSearch({ strict: false }) as { topic?: string }
  const router = useRouter()
  const get = { service: 'iot-data', operation: 'GetRetainedMessage', input: { topic } }
  const got = useCall<Got>(get)
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const { payload = '', qos, lastModifiedTime = 0 } = got.data
  const [remove] = retainedActions([topic], () => router.history.push('/console/retained-messages'))
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={remove ? <ActionButton {...remove} /> : null}>
        Retained message
      </Header>
      <Details
        title="Details"
        facts={{
          Topic: <span className="anywhere">{shown(topic)}</span>,
          QoS: qos,
          'Payload size': `${bytesOf(payload).length} bytes`,
          'Last modified': showTime(lastModifiedTime / 1000),
        }}
      />
      <Container header={<Header variant="h2">Payload</Header>}>
        <pre>{payloadText(payload)}</pre>
      </Container>
      <CliEquivalent calls={[get]} />
    </SpaceBetween>
  )
}
