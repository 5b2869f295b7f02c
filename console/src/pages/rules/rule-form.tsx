/** A rule in one form: what it is called, its statement with a sample beside it, its actions. */
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { SelectField, TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { useSession } from '../../kit/use-session.ts'
import { ActionFields } from './action-fields.tsx'
import { missingOf } from './action-kinds.ts'
import { usePermissionCalls } from '../functions/function-permissions.ts'
import { Playground } from './playground.tsx'
import { callFor, functionsOf, ruleArnOf, sqlVersions, type ActionDraft, type RuleDraft } from './rule.ts'
import { useSampleResult, type Sample } from './sample.ts'
import { SqlField } from './sql-field.tsx'

interface RuleFormProps {
  title: string
  submitLabel: string
  operation: 'CreateTopicRule' | 'ReplaceTopicRule'
  initial: RuleDraft
  cancelHref: string
}

const firstSample: Sample = {
  topic: 'iot/topic',
  payload: '{\n  "temperature": 21.5\n}',
  clientId: '',
  principal: '',
}

export function RuleForm({ title, submitLabel, operation, initial, cancelHref }: RuleFormProps) {
  const router = useRouter()
  const [draft, setDraft] = useState(initial)
  const [sample, setSample] = useState(firstSample)
  const result = useSampleResult(draft, sample)
  const session = useSession()
  const functions = functionsOf([...draft.actions, draft.errorAction])
  const permissions = usePermissionCalls(functions, session ? ruleArnOf(session, draft.ruleName) : '')
  const change = (changed: Partial<RuleDraft>) => setDraft({ ...draft, ...changed })
  const isNew = operation === 'CreateTopicRule'
  const fault = result.data?.fault
  return (
    <FormPage
      title={title}
      description="Rules take messages to actions."
      submitLabel={submitLabel}
      calls={[callFor(operation, draft), ...permissions]}
      missing={
        missingIn(draft) ?? (fault?.stage === 'statement' ? 'Mend the SQL statement first' : undefined)
      }
      onDone={() => router.history.push(`/console/rules/${encodeURIComponent(draft.ruleName)}`)}
      cancelHref={cancelHref}
    >
      <Container header={<Header variant="h2">Rule properties</Header>}>
        <SpaceBetween size="m">
          {isNew ? (
            <TextField
              label="Rule name"
              member="ruleName"
              constraintText="Letters, digits, and underscores; at most 128."
              value={draft.ruleName}
              onChange={(ruleName) => change({ ruleName })}
            />
          ) : null}
          <TextField
            label="Rule description - optional"
            member="description"
            value={draft.description}
            onChange={(description) => change({ description })}
          />
        </SpaceBetween>
      </Container>
      <Grid gridDefinition={[half, half]}>
        <Container header={<Header variant="h2">SQL statement</Header>}>
          <SpaceBetween size="m">
            <SelectField
              label="SQL version"
              value={draft.version}
              choices={sqlVersions.map((value) => ({ value }))}
              onChange={(version) => change({ version })}
            />
            <SqlField value={draft.sql} onChange={(sql) => change({ sql })} fault={fault} />
          </SpaceBetween>
        </Container>
        <Playground statement={draft} sample={sample} onChange={setSample} result={result} />
      </Grid>
      <Actions draft={draft} onChange={change} />
    </FormPage>
  )
}

const half = { colspan: { default: 12, m: 6 } }

function missingIn({ ruleName, sql, actions, errorAction }: RuleDraft): string | undefined {
  if (ruleName === '') return 'Give the rule a name first'
  if (sql.trim() === '') return 'Give the SQL statement first'
  for (const action of [...actions, ...(errorAction ? [errorAction] : [])]) {
    const missing = missingOf(action)
    if (missing !== undefined) return missing
  }
  return undefined
}

function Actions({ draft, onChange }: { draft: RuleDraft; onChange: (changed: Partial<RuleDraft>) => void }) {
  const { ruleName, actions, errorAction } = draft
  const nextKey = Math.max(0, ...actions.map(({ key }) => key)) + 1
  const change = (changed: ActionDraft) =>
    onChange({ actions: actions.map((action) => (action.key === changed.key ? changed : action)) })
  const empty = { kind: '', config: {} } as const
  return (
    <Container
      header={
        <Header variant="h2" description="They run for each message for which WHERE is true.">
          Rule actions
        </Header>
      }
    >
      <SpaceBetween size="l">
        {actions.map((action, at) => (
          <SpaceBetween key={action.key} size="s">
            <ActionFields title={`Action ${at + 1}`} action={action} ruleName={ruleName} onChange={change} />
            {actions.length === 1 ? null : (
              <Button
                formAction="none"
                onClick={() => onChange({ actions: actions.filter(({ key }) => key !== action.key) })}
              >
                {`Remove action ${at + 1}`}
              </Button>
            )}
          </SpaceBetween>
        ))}
        <Button
          formAction="none"
          iconName="add-plus"
          onClick={() => onChange({ actions: [...actions, { key: nextKey, ...empty }] })}
        >
          Add rule action
        </Button>
        {errorAction ? (
          <ActionFields
            title="Error action"
            action={errorAction}
            ruleName={ruleName}
            onChange={(changed) => onChange({ errorAction: changed })}
          />
        ) : null}
        <Button
          formAction="none"
          onClick={() => onChange({ errorAction: errorAction ? undefined : { key: 0, ...empty } })}
        >
          {errorAction ? 'Remove error action' : 'Add error action'}
        </Button>
      </SpaceBetween>
    </Container>
  )
}
