/** Asks the function about a client that is not there. */
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Grid, { type GridProps } from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { FormFaults, TextField } from '../../kit/field.tsx'
import { PairsEditor } from '../../kit/pairs-editor.tsx'
import { useMissingPermissions } from '../../kit/permissions.ts'
import type { Authorizer } from './authorizer.ts'
import { Answer } from './answer.tsx'
import { emptyTrial, toTestCall, type Trial, type TrialAnswer } from './trial.ts'

const half: GridProps.ElementDefinition = { colspan: { default: 12, s: 6 } }
const third: GridProps.ElementDefinition = { colspan: { default: 12, s: 4 } }

export function TestTab({ authorizer }: { authorizer: Authorizer }) {
  const [trial, setTrial] = useState(emptyTrial)
  const test = toTestCall(authorizer.authorizerName, trial)
  const asking = useMutation({ mutationFn: () => call<TrialAnswer>(test) })
  const [denied] = useMissingPermissions([test])
  const change = (changed: Partial<Trial>) => setTrial({ ...trial, ...changed })
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" description="The function is asked about a client that brings this.">
            Test
          </Header>
        }
      >
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (denied === undefined) asking.mutate()
          }}
        >
          <FormFaults error={asking.error}>
            <TrialFields trial={trial} change={change} isSigned={!authorizer.signingDisabled} />
            <Button
              variant="primary"
              loading={asking.isPending}
              disabled={denied !== undefined}
              disabledReason={denied}
            >
              Test authorizer
            </Button>
            <CliEquivalent calls={[test]} />
          </FormFaults>
        </form>
      </Container>
      {asking.data ? <Answer answer={asking.data} /> : null}
    </SpaceBetween>
  )
}

interface TrialFieldsProps {
  trial: Trial
  change: (changed: Partial<Trial>) => void
  isSigned: boolean
}

function TrialFields({ trial, change, isSigned }: TrialFieldsProps) {
  const field = (label: string, member: Exclude<keyof Trial, 'headers'>) => (
    <TextField
      label={label}
      member={member}
      value={trial[member]}
      onChange={(value) => change({ [member]: value })}
    />
  )
  return (
    <SpaceBetween size="m">
      {isSigned ? (
        <Grid gridDefinition={[half, half]}>
          {field('Token', 'token')}
          {field('Token signature', 'tokenSignature')}
        </Grid>
      ) : null}
      <Grid gridDefinition={[third, third, third]}>
        {field('MQTT user name', 'username')}
        <FormField label="MQTT password">
          <Input
            type="password"
            autoComplete="off"
            value={trial.password}
            onChange={({ detail }) => change({ password: detail.value })}
          />
        </FormField>
        {field('MQTT client ID', 'clientId')}
      </Grid>
      <Grid gridDefinition={[half, half]}>
        {field('HTTP query string', 'queryString')}
        {field('TLS server name', 'serverName')}
      </Grid>
      <FormField label="HTTP headers" stretch>
        <PairsEditor
          noun="header"
          nameLabel="Name"
          valueLabel="Value"
          pairs={trial.headers}
          onChange={(headers) => change({ headers })}
        />
      </FormField>
    </SpaceBetween>
  )
}
