/** What policies say about one request of a device, and why. */
import Autosuggest from '@cloudscape-design/components/autosuggest'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Multiselect from '@cloudscape-design/components/multiselect'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { postOwn } from '../../api/call.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { FormFaults, SelectField, TextField } from '../../kit/field.tsx'
import { useMissingPermissions } from '../../kit/permissions.ts'
import { useSession } from '../../kit/use-session.ts'
import { useCall } from '../../kit/use-call.ts'
import { Result } from './result.tsx'
import { bodyOf, namesOf, toTestAuthorization, type Question, type Simulation } from './simulation.ts'

const kinds: Record<string, { label: string; placeholder: string }> = {
  'iot:Connect': { label: 'Client ID that connects, or an ARN', placeholder: 'lamp-1' },
  'iot:Publish': { label: 'Topic, or an ARN', placeholder: 'lamps/lamp-1' },
  'iot:RetainPublish': { label: 'Topic, or an ARN', placeholder: 'lamps/lamp-1' },
  'iot:Subscribe': { label: 'Topic filter, or an ARN', placeholder: 'lamps/#' },
  'iot:Receive': { label: 'Topic, or an ARN', placeholder: 'lamps/lamp-1' },
}
const otherKind = { label: 'ARN of the resource', placeholder: 'arn:aws:iot:…' }

interface Certificate {
  certificateId: string
  status: string
}

const iot = (operation: string, input: object) => ({ service: 'iot', operation, input })
const listCertificates = iot('ListCertificates', { pageSize: 100 })
const listPolicies = iot('ListPolicies', { pageSize: 250 })

export function Page() {
  const question = useSearch({ strict: false }) as Question
  const { certificate = '', clientId = '', action = 'iot:Connect', resource = '' } = question
  const navigate = useNavigate()
  const [draft, setDraft] = useState('')
  const certificates = useCall<{ certificates?: Certificate[] }>(listCertificates)
  const policies = useCall<{ policies?: { policyName: string }[] }>(listPolicies)
  const run = useMutation({
    mutationFn: () => postOwn<Simulation>('policy-simulation', bodyOf(question, draft)),
  })
  const [denied] = useMissingPermissions([{ service: 'muster', operation: 'SimulatePolicy' }])
  const reason = denied ?? (resource === '' ? 'Say first what it is about' : undefined)
  const ask = (changed: Question) =>
    void navigate({
      to: '.',
      search: (previous: object) => ({ ...previous, ...changed }),
      replace: true,
    } as never)
  const known = certificates.data?.certificates ?? []
  const { region, accountId } = useSession() ?? {}
  const arn = certificate === '' ? undefined : `arn:aws:iot:${region}:${accountId}:cert/${certificate}`
  const { label, placeholder } = kinds[action] ?? otherKind
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Whether IoT policies allow a request of a device, which statement decides, and the values it asked for."
      >
        Policy simulator
      </Header>
      <Container>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (reason === undefined) run.mutate()
          }}
        >
          <FormFaults error={run.error}>
            <FormField
              label="Certificate ID"
              description="Its policies count, and those of its thing's groups. Without one, the policies below alone."
            >
              <Autosuggest
                value={certificate}
                ariaLabel="Certificate ID"
                enteredTextLabel={(value) => `Use ${value}`}
                options={known.map((one) => ({ value: one.certificateId, description: one.status }))}
                empty="There is no certificate yet."
                onChange={({ detail }) => ask({ certificate: detail.value.trim() || undefined })}
              />
            </FormField>
            <FormField label="Policies" description="Beside those that are attached.">
              <Multiselect
                ariaLabel="Policies"
                placeholder="Choose policies"
                selectedOptions={namesOf(question).map((value) => ({ value, label: value }))}
                options={(policies.data?.policies ?? []).map(({ policyName }) => ({
                  value: policyName,
                  label: policyName,
                }))}
                empty="There is no policy yet."
                onChange={({ detail }) =>
                  ask({ policies: detail.selectedOptions.map(({ value }) => value).join(',') || undefined })
                }
              />
            </FormField>
            <ExpandableSection headerText="A policy that is not there yet">
              <FormField label="Policy document">
                <Textarea
                  value={draft}
                  rows={8}
                  spellcheck={false}
                  placeholder='{"Version": "2012-10-17", "Statement": []}'
                  onChange={({ detail }) => setDraft(detail.value)}
                />
              </FormField>
            </ExpandableSection>
            <TextField
              label="Client ID"
              member="clientId"
              description="For the variables that ask for it."
              value={clientId}
              onChange={(value) => ask({ clientId: value || undefined })}
            />
            <SelectField
              label="Action"
              member="action"
              value={action}
              choices={Object.keys(kinds).map((value) => ({ value }))}
              onChange={(value) => ask({ action: value })}
            />
            <TextField
              label={label}
              member="resource"
              placeholder={placeholder}
              value={resource}
              onChange={(value) => ask({ resource: value || undefined })}
            />
            <Button
              variant="primary"
              loading={run.isPending}
              disabled={reason !== undefined}
              disabledReason={reason}
            >
              Run simulation
            </Button>
          </FormFaults>
        </form>
      </Container>
      {run.data ? <Result simulation={run.data} /> : null}
      <CliEquivalent
        calls={run.data ? toTestAuthorization(question, run.data, arn) : [listCertificates, listPolicies]}
      />
    </SpaceBetween>
  )
}
