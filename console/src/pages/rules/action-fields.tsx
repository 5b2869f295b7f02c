/** What one action of a rule needs, by its kind. */
import Checkbox from '@cloudscape-design/components/checkbox'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Field, SelectField, TextField } from '../../kit/field.tsx'
import { PairsEditor } from '../../kit/pairs-editor.tsx'
import { ServiceRoleField } from '../../kit/service-role-field.tsx'
import { shown } from '../../kit/shown.ts'
import { useSession } from '../../kit/use-session.ts'
import { actionKinds, kindOf, type ActionField, type ActionKind } from './action-kinds.ts'
import { FunctionField } from '../functions/function-field.tsx'
import type { ActionDraft } from './rule.ts'

interface ActionFieldsProps {
  title: string
  action: ActionDraft
  ruleName: string
  onChange: (action: ActionDraft) => void
}

const choices = Object.entries(actionKinds).map(([value, { label, description }]) => ({
  value,
  label,
  description,
}))

export function ActionFields({ title, action, ruleName, onChange }: ActionFieldsProps) {
  const fields = kindOf(action.kind)?.fields ?? []
  return (
    <SpaceBetween size="m">
      <SelectField
        label={title}
        placeholder="Choose an action"
        value={action.kind}
        choices={choices}
        onChange={(kind) => onChange({ ...action, kind: kind as ActionKind, config: {} })}
      />
      {fields.map((field) => (
        <OneField
          key={field.name}
          field={field}
          action={action}
          ruleName={ruleName}
          onChange={(value) =>
            onChange({ ...action, config: { ...action.config, [field.name]: value ?? undefined } })
          }
        />
      ))}
    </SpaceBetween>
  )
}

interface OneFieldProps {
  field: ActionField
  action: ActionDraft
  ruleName: string
  onChange: (value: unknown) => void
}

function OneField({ field, action, ruleName, onChange }: OneFieldProps) {
  const value = action.config[field.name]
  const text = value === undefined ? '' : String(value as string)
  const about = {
    label: field.isOptional === true ? `${field.label} - optional` : field.label,
    member: field.name,
    ...(field.description !== undefined && { description: field.description }),
  }
  const changeText = (given: string) => onChange(given === '' ? undefined : given)
  switch (field.kind) {
    case 'text':
      return <TextField {...about} value={text} onChange={changeText} />
    case 'choice':
      return (
        <SelectField
          {...about}
          value={text}
          choices={field.choices}
          onChange={(given) => onChange(field.isNumber === true ? Number(given) : given)}
        />
      )
    case 'checkbox':
      return (
        <Checkbox
          checked={value === true}
          description={field.description}
          onChange={({ detail }) => onChange(detail.checked || undefined)}
        >
          {field.label}
        </Checkbox>
      )
    case 'function':
      return <FunctionField {...about} value={text} source={sourceOf(ruleName)} onChange={changeText} />
    case 'role':
      return <ActionRole {...about} value={text} action={action} ruleName={ruleName} onChange={changeText} />
    case 'headers':
      return <HeadersField {...about} value={value} onChange={onChange} />
  }
}

const sourceOf = (ruleName: string) => `this rule${ruleName === '' ? '' : `, ${shown(ruleName)},`}`

interface ValueProps<Value> {
  label: string
  member: string
  description?: string
  value: Value
}

interface ActionRoleProps extends ValueProps<string> {
  action: ActionDraft
  ruleName: string
  onChange: (roleArn: string) => void
}

function ActionRole({ action, ruleName, ...field }: ActionRoleProps) {
  const session = useSession()
  const statement = session && kindOf(action.kind)?.statementOf?.(action.config, session)
  return (
    <ServiceRoleField
      {...field}
      service="iot.amazonaws.com"
      statement={statement}
      suggestedName={ruleName === '' ? '' : `${ruleName}-${action.kind}`}
    />
  )
}

interface Header {
  key: string
  value: string
}

function HeadersField({
  value,
  onChange,
  ...about
}: ValueProps<unknown> & { onChange: (value: unknown) => void }) {
  const headers = (value ?? []) as readonly Header[]
  return (
    <Field {...about}>
      <PairsEditor
        noun="header"
        nameLabel="Key"
        valueLabel="Value"
        pairs={headers.map(({ key, value: of }) => ({ name: key, value: of }))}
        onChange={(pairs) => onChange(pairs.map(({ name, value: of }) => ({ key: name, value: of })))}
      />
    </Field>
  )
}
