/** Fields of forms, each of which shows what the server found wrong with its member of the input. */
import FormField, { type FormFieldProps } from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { createContext, useContext, useLayoutEffect, useRef, type ReactNode } from 'react'
import { Failure } from './failure.tsx'
import { shown } from './shown.ts'

interface Faults {
  error: unknown
  /** Members of the input that have a field. */
  members: Set<string>
}

const FaultsContext = createContext<Faults>({ error: undefined, members: new Set() })

const messageOf = (error: unknown) => (error instanceof Error ? error.message : '')
const isAbout = (error: unknown, member: string) =>
  new RegExp(`(^|[^\\w])${member}([^\\w]|$)`).test(messageOf(error))

/** Around the fields of one form: what is wrong with none of them is said below. */
export function FormFaults({ error, children }: { error: unknown; children: ReactNode }) {
  const members = useRef(new Set<string>())
  const isShown = [...members.current].some((member) => isAbout(error, member))
  return (
    <FaultsContext value={{ error, members: members.current }}>
      <SpaceBetween size="m">
        {children}
        {error && !isShown ? <Failure error={error} /> : null}
      </SpaceBetween>
    </FaultsContext>
  )
}

/** `member`: the name of the input's member, by which the server's errors speak of it. */
export function Field({ member, ...props }: FormFieldProps & { member?: string | undefined }) {
  const { error, members } = useContext(FaultsContext)
  useLayoutEffect(() => {
    if (member === undefined) return undefined
    members.add(member)
    return () => void members.delete(member)
  }, [member, members])
  const fault = error && member !== undefined && isAbout(error, member) ? shown(messageOf(error)) : undefined
  return <FormField {...props} {...(fault !== undefined && { errorText: fault })} />
}

interface ValueFieldProps {
  label: string
  member?: string
  description?: ReactNode
  constraintText?: ReactNode
  placeholder?: string
  value: string
  onChange: (value: string) => void
}

export function TextField({ value, onChange, placeholder, ...field }: ValueFieldProps) {
  return (
    <Field {...field}>
      <Input
        value={value}
        spellcheck={false}
        {...(placeholder !== undefined && { placeholder })}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </Field>
  )
}

export interface Choice {
  value: string
  label?: string
  description?: string
}

/** One of few or of many: those can be filtered by typing. */
export function SelectField(props: ValueFieldProps & { choices: readonly Choice[]; isLoading?: boolean }) {
  const { value, onChange, placeholder, choices, isLoading = false, ...field } = props
  const manyChoices = 10
  return (
    <Field {...field}>
      <Select
        options={choices as Choice[]}
        selectedOption={choices.find((choice) => choice.value === value) ?? (value === '' ? null : { value })}
        filteringType={choices.length > manyChoices ? 'auto' : 'none'}
        statusType={isLoading ? 'loading' : 'finished'}
        {...(placeholder !== undefined && { placeholder })}
        empty="There is none yet."
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
      />
    </Field>
  )
}
