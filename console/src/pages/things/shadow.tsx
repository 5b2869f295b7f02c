import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { ActionButton } from '../../kit/action-button.tsx'
import { fromBase64 } from '../../kit/base64.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Failure } from '../../kit/failure.tsx'
import { shownLines } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { ShadowForm } from './shadow-form.tsx'
import { data, named, type ShadowDocument } from './shadow-calls.ts'

const parts = [
  { label: 'Desired', part: 'desired' },
  { label: 'Reported', part: 'reported' },
  { label: 'Delta', part: 'delta' },
] as const

/** One shadow: what is wanted, what is so, and what differs. */
export function Shadow({ thingName, shadowName }: { thingName: string; shadowName: string }) {
  const get = data('GetThingShadow', named(thingName, shadowName))
  const got = useCall<{ payload: string }>(get)
  const document = got.data && (JSON.parse(fromBase64(got.data.payload)) as ShadowDocument)
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            document && `Version ${document.version ?? '–'}, last updated ${showTime(document.timestamp)}`
          }
          actions={
            <ActionButton
              label="Edit"
              needs={data('UpdateThingShadow', {})}
              form={(close) => (
                <ShadowForm
                  thingName={thingName}
                  shadowName={shadowName}
                  {...(document && { document })}
                  onClose={close}
                />
              )}
            />
          }
        >
          {shadowName === '' ? 'Classic Shadow' : shadowName}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {got.error ? <Failure error={got.error} /> : null}
        {document ? (
          <ColumnLayout columns={3}>
            {parts.map(({ label, part }) => (
              <div key={part}>
                <Box variant="awsui-key-label">{label}</Box>
                <Box variant="code">
                  <pre>{shownLines(JSON.stringify(document.state[part] ?? {}, undefined, 2))}</pre>
                </Box>
              </div>
            ))}
          </ColumnLayout>
        ) : null}
        <CliEquivalent calls={[get]} />
      </SpaceBetween>
    </Container>
  )
}
