import Checkbox from '@cloudscape-design/components/checkbox'
import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Input from '@cloudscape-design/components/input'
import Textarea from '@cloudscape-design/components/textarea'
import { Field, TextField } from '../../kit/field.tsx'
import type { Pair } from '../../kit/pairs-editor.tsx'
import { FunctionField } from '../functions/function-field.tsx'
import type { Values } from './values.ts'

interface FieldsProps {
  values: Values
  change: (changed: Partial<Values>) => void
}

/** All that may be changed later, too. */
export function AuthorizerFields({ values, change }: FieldsProps) {
  return (
    <>
      <FunctionField
        label="Lambda function"
        member="authorizerFunctionArn"
        description="It says who a client is, and which policies count for it."
        source="this authorizer"
        value={values.functionArn}
        onChange={(functionArn) => change({ functionArn })}
      />
      {values.isSigned ? <TokenFields values={values} change={change} /> : null}
      <Checkbox
        checked={values.isCaching}
        description="Requests of one connection with the same credentials share an answer."
        onChange={({ detail }) => change({ isCaching: detail.checked })}
      >
        Cache answers for HTTP
      </Checkbox>
    </>
  )
}

function TokenFields({ values, change }: FieldsProps) {
  return (
    <>
      <TextField
        label="Token key name"
        member="tokenKeyName"
        description="Under this name clients send their token, in a header, the query string, or the user name."
        value={values.tokenKeyName}
        onChange={(tokenKeyName) => change({ tokenKeyName })}
      />
      <Field
        label="Public keys"
        member="tokenSigningPublicKeys"
        description="RSA, in PEM. A token has to be signed with the private key of one of them."
        stretch
      >
        <KeysEditor keys={values.keys} onChange={(keys) => change({ keys })} />
      </Field>
    </>
  )
}

interface KeysEditorProps {
  keys: readonly Pair[]
  onChange: (keys: readonly Pair[]) => void
}

const maxKeys = 10

function KeysEditor({ keys, onChange }: KeysEditorProps) {
  const change = (at: number, changed: Partial<Pair>) =>
    onChange(keys.map((key, index) => (index === at ? { ...key, ...changed } : key)))
  return (
    <AttributeEditor
      items={keys as Pair[]}
      definition={[
        {
          label: 'Key name',
          control: ({ name }: Pair, at: number) => (
            <Input
              value={name}
              spellcheck={false}
              onChange={({ detail }) => change(at, { name: detail.value })}
            />
          ),
        },
        {
          label: 'Public key',
          control: ({ value }: Pair, at: number) => (
            <Textarea
              value={value}
              rows={4}
              spellcheck={false}
              placeholder="-----BEGIN PUBLIC KEY-----"
              onChange={({ detail }) => change(at, { value: detail.value })}
            />
          ),
        },
      ]}
      addButtonText="Add key"
      disableAddButton={keys.length >= maxKeys}
      removeButtonText="Remove"
      removeButtonAriaLabel={({ name }) => `Remove key ${name}`}
      empty="There is no key yet."
      onAddButtonClick={() => onChange([...keys, { name: '', value: '' }])}
      onRemoveButtonClick={({ detail }) => onChange(keys.filter((_, at) => at !== detail.itemIndex))}
    />
  )
}
