import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { Details } from '../../kit/details.tsx'
import { SelectField, TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { PairsEditor, toPairs, toRecord } from '../../kit/pairs-editor.tsx'
import { shown } from '../../kit/shown.ts'
import { lambda, runtimes, type FunctionConfiguration } from './function.ts'

interface Props {
  configuration: FunctionConfiguration
}

const needs = lambda('UpdateFunctionConfiguration')

export function ConfigurationTab({ configuration }: Props) {
  const { Description, MemorySize, Timeout, Handler, Runtime, Environment } = configuration
  const variables = Object.entries(Environment?.Variables ?? {})
  return (
    <SpaceBetween size="l">
      <Details
        title="General configuration"
        actions={
          <ActionButton
            label="Edit"
            needs={needs}
            form={(close) => <General configuration={configuration} onClose={close} />}
          />
        }
        facts={{
          Description: Description ? shown(Description) : undefined,
          Memory: `${MemorySize ?? ''} MB`,
          Timeout: `${Math.floor((Timeout ?? 0) / 60)} min ${(Timeout ?? 0) % 60} sec`,
          Runtime,
          Handler: Handler && shown(Handler),
        }}
      />
      <Details
        title="Environment variables"
        actions={
          <ActionButton
            label="Edit environment variables"
            needs={needs}
            form={(close) => <Variables configuration={configuration} onClose={close} />}
          />
        }
        facts={
          variables.length === 0
            ? { 'No environment variables': 'The function gets none of its own.' }
            : Object.fromEntries(variables.map(([name, value]) => [shown(name), shown(value)]))
        }
      />
    </SpaceBetween>
  )
}

function General({ configuration, onClose }: Props & { onClose: () => void }) {
  const {
    FunctionName,
    Description = '',
    MemorySize = 128,
    Timeout = 3,
    Handler = '',
    Runtime = '',
  } = configuration
  const [given, setGiven] = useState({
    Description,
    MemorySize: String(MemorySize),
    Timeout: String(Timeout),
    Handler,
    Runtime,
  })
  const field = (name: keyof typeof given) => ({
    member: name,
    value: given[name],
    onChange: (value: string) => setGiven({ ...given, [name]: value }),
  })
  const known = runtimes.some(({ value }) => value === Runtime) ? runtimes : [...runtimes, { value: Runtime }]
  return (
    <FormModal
      title="Edit basic settings"
      submitLabel="Save"
      calls={lambda('UpdateFunctionConfiguration', {
        FunctionName,
        ...given,
        MemorySize: Number(given.MemorySize),
        Timeout: Number(given.Timeout),
      })}
      missing={
        /^\d+$/.test(given.MemorySize) && /^\d+$/.test(given.Timeout) ? undefined : 'Give whole numbers'
      }
      onClose={onClose}
    >
      <TextField label="Description - optional" {...field('Description')} />
      <SelectField label="Runtime" choices={known} {...field('Runtime')} />
      <TextField label="Handler" {...field('Handler')} />
      <TextField label="Memory" constraintText="MB, 128 to 10240" {...field('MemorySize')} />
      <TextField label="Timeout" constraintText="Seconds, 1 to 900" {...field('Timeout')} />
    </FormModal>
  )
}

function Variables({ configuration, onClose }: Props & { onClose: () => void }) {
  const { FunctionName, Environment } = configuration
  const [pairs, setPairs] = useState(() => toPairs(Environment?.Variables))
  return (
    <FormModal
      title="Edit environment variables"
      submitLabel="Save"
      isLarge
      calls={lambda('UpdateFunctionConfiguration', {
        FunctionName,
        Environment: { Variables: toRecord(pairs) },
      })}
      onClose={onClose}
    >
      <PairsEditor
        noun="environment variable"
        nameLabel="Key"
        valueLabel="Value"
        pairs={pairs}
        onChange={(changed) => setPairs([...changed])}
      />
    </FormModal>
  )
}
