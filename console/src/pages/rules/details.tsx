import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { ActionButton } from '../../kit/action-button.tsx'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { shown, shownLines } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { ruleActions } from './actions.ts'
import { ActionsTable } from './actions-table.tsx'
import { Counts } from './counts.tsx'
import type { GotRule } from './rule.ts'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const get = { service: 'iot', operation: 'GetTopicRule', input: { ruleName: id } }
  const got = useCall<GotRule>(get)
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const { rule, ruleArn } = got.data
  const actions = ruleActions([rule], () => router.history.push('/console/rules'))
  const [edit] = actions
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {edit ? <ActionButton {...edit} /> : null}
            <ActionsMenu actions={actions.slice(1)} />
          </SpaceBetween>
        }
      >
        {shown(rule.ruleName)}
      </Header>
      <Details
        title="Details"
        facts={{
          Status: <Status value={rule.ruleDisabled ? 'DISABLED' : 'ENABLED'} />,
          Description: rule.description ? shown(rule.description) : undefined,
          Created: showTime(rule.createdAt),
          ARN: <Copyable text={ruleArn} what="the ARN" />,
          'Basic Ingest topic': (
            <Copyable text={`$aws/rules/${rule.ruleName}/<topic>`} what="the topic for Basic Ingest" />
          ),
          'SQL version': rule.awsIotSqlVersion,
        }}
      />
      <Container header={<Header variant="h2">SQL statement</Header>}>
        <pre>{shownLines(rule.sql)}</pre>
      </Container>
      <ActionsTable ruleArn={ruleArn} rule={rule} />
      <Counts ruleName={rule.ruleName} />
      <CliEquivalent calls={[get]} />
    </SpaceBetween>
  )
}
