import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams } from '@tanstack/react-router'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'

interface Policy {
  policyName: string
  policyArn: string
  policyDocument: string
  defaultVersionId: string
  creationDate?: number
  lastModifiedDate?: number
}

function indented(document: string): string {
  try {
    return JSON.stringify(JSON.parse(document), undefined, 2)
  } catch {
    return document
  }
}

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const get = { service: 'iot', operation: 'GetPolicy', input: { policyName: id } }
  const got = useCall<Policy>(get)
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const { policyName, policyArn, policyDocument, defaultVersionId, creationDate, lastModifiedDate } = got.data
  return (
    <SpaceBetween size="l">
      <Header variant="h1">{shown(policyName)}</Header>
      <Details
        title="Details"
        facts={{
          ARN: policyArn,
          'Default version': defaultVersionId,
          Created: showTime(creationDate),
          'Last modified': showTime(lastModifiedDate),
        }}
      />
      <Container header={<Header variant="h2">Document</Header>}>
        <pre>{shown(indented(policyDocument)).replaceAll('\\u000a', '\n')}</pre>
      </Container>
      <CliEquivalent calls={[get]} />
    </SpaceBetween>
  )
}
