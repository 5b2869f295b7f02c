/** A policy document: as rows of a form while it is that simple, or as JSON. */
import Alert from '@cloudscape-design/components/alert'
import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Autosuggest from '@cloudscape-design/components/autosuggest'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import Tabs from '@cloudscape-design/components/tabs'
import { CodeEditor } from '../../kit/code-editor.tsx'
import { Field } from '../../kit/field.tsx'
import { toDocument, toStatements, type Statement } from './statements.ts'

interface DocumentFieldProps {
  value: string
  onChange: (document: string) => void
}

export function DocumentField({ value, onChange }: DocumentFieldProps) {
  const statements = toStatements(value)
  return (
    <Field label="Policy document" member="policyDocument" stretch>
      <Tabs
        tabs={[
          {
            id: 'builder',
            label: 'Builder',
            content: statements ? (
              <Builder statements={statements} onChange={(rows) => onChange(toDocument(rows))} />
            ) : (
              <Alert type="info">
                This document has more to it than the builder shows: change it as JSON.
              </Alert>
            ),
          },
          {
            id: 'json',
            label: 'JSON',
            content: (
              <CodeEditor
                value={value}
                onChange={onChange}
                language="json"
                label="Policy document"
                words={words}
              />
            ),
          },
        ]}
      />
    </Field>
  )
}

interface BuilderProps {
  statements: readonly Statement[]
  onChange: (statements: readonly Statement[]) => void
}

const effects = [
  { value: 'Allow', label: 'Allow' },
  { value: 'Deny', label: 'Deny' },
]

/** What a device may be allowed (AWS IoT Developer Guide, "AWS IoT Core policy actions"). */
const actions = [
  'iot:Connect',
  'iot:Publish',
  'iot:Subscribe',
  'iot:Receive',
  'iot:RetainPublish',
  'iot:GetThingShadow',
  'iot:UpdateThingShadow',
  'iot:DeleteThingShadow',
  'iot:AssumeRoleWithCertificate',
  'iot:*',
]

/** What an editor offers while one types. */
const words = [
  ...actions,
  '${iot:Connection.Thing.ThingName}',
  '${iot:ClientId}',
  '${iot:Certificate.Subject.CommonName}',
].map((label) => ({ label }))

function Builder({ statements, onChange }: BuilderProps) {
  const change = (at: number, changed: Partial<Statement>) =>
    onChange(statements.map((one, index) => (index === at ? { ...one, ...changed } : one)))
  return (
    <AttributeEditor
      items={statements as Statement[]}
      definition={[
        {
          label: 'Policy effect',
          control: ({ effect }, at) => (
            <Select
              options={effects}
              selectedOption={effects.find(({ value }) => value === effect) ?? null}
              onChange={({ detail }) =>
                change(at, { effect: detail.selectedOption.value as Statement['effect'] })
              }
            />
          ),
        },
        {
          label: 'Policy action',
          control: ({ action }, at) => (
            <Autosuggest
              value={action}
              options={actions.map((value) => ({ value }))}
              enteredTextLabel={(value) => `Use: ${value}`}
              onChange={({ detail }) => change(at, { action: detail.value })}
            />
          ),
        },
        {
          label: 'Policy resource',
          control: ({ resource }, at) => (
            <Input value={resource} onChange={({ detail }) => change(at, { resource: detail.value })} />
          ),
        },
      ]}
      addButtonText="Add new statement"
      removeButtonText="Remove"
      removeButtonAriaLabel={({ action }) => `Remove ${action}`}
      empty="There is no statement yet."
      onAddButtonClick={() =>
        onChange([...statements, { effect: 'Allow', action: 'iot:Publish', resource: '*' }])
      }
      onRemoveButtonClick={({ detail }) => onChange(statements.filter((_, at) => at !== detail.itemIndex))}
    />
  )
}
