import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Details } from '../../kit/details.tsx'
import { NameField } from '../../kit/name-field.tsx'
import { PemField } from '../../kit/pem-field.tsx'
import { shown } from '../../kit/shown.ts'
import { iot, policyNamesIn, thingNamesIn } from '../resources/list.tsx'
import type { NewDevice } from './new-device.ts'
import type { Pattern } from './patterns.ts'
import type { Plan } from './plan.ts'

interface StepProps {
  device: NewDevice
  change: (changed: Partial<NewDevice>) => void
  /** Why one cannot go on yet. */
  fault: string | undefined
}

const Fault = ({ fault }: Pick<StepProps, 'fault'>) =>
  fault === undefined ? null : <Alert type="info">{fault}</Alert>

export function ThingStep({ device, change, fault }: StepProps) {
  return (
    <Container>
      <SpaceBetween size="l">
        <NameField
          label="Thing name"
          member="thingName"
          description="It is made unless there is one of that name. The device connects with it as its client id."
          value={device.thingName}
          onChange={(thingName) => change({ thingName })}
          call={iot('ListThings', { maxResults: 100 })}
          namesOf={thingNamesIn}
        />
        <Fault fault={fault} />
      </SpaceBetween>
    </Container>
  )
}

export function CertificateStep({ device, change, fault }: StepProps) {
  return (
    <Container>
      <SpaceBetween size="l">
        <RadioGroup
          value={device.kind}
          onChange={({ detail }) => change({ kind: detail.value as NewDevice['kind'] })}
          ariaLabel="Certificate"
          items={[
            {
              value: 'made',
              label: 'Auto-generate a new certificate',
              description: 'With its keys, which are shown once and not kept.',
            },
            {
              value: 'csr',
              label: 'Upload CSR',
              description: 'A request signed with a key that stays in the device.',
            },
          ]}
        />
        {device.kind === 'csr' ? (
          <PemField
            label="Certificate signing request"
            member="certificateSigningRequest"
            buttonLabel="Select CSR"
            placeholder="-----BEGIN CERTIFICATE REQUEST-----"
            value={device.csr}
            onChange={(csr) => change({ csr })}
          />
        ) : null}
        <Fault fault={fault} />
      </SpaceBetween>
    </Container>
  )
}

export function PolicyStep({
  device,
  change,
  fault,
  patterns,
}: StepProps & { patterns: readonly Pattern[] }) {
  const chosen = patterns.find(({ id }) => id === device.pattern)
  return (
    <Container>
      <SpaceBetween size="l">
        <RadioGroup
          value={device.pattern}
          onChange={({ detail }) => change({ pattern: detail.value })}
          ariaLabel="Policy"
          items={[
            ...patterns.map(({ id, label, description }) => ({ value: id, label, description })),
            { value: 'existing', label: 'A policy that there is already' },
          ]}
        />
        {chosen ? (
          <Box variant="code">
            <pre>{chosen.document}</pre>
          </Box>
        ) : (
          <NameField
            label="Policy"
            member="policyName"
            value={device.policyName}
            onChange={(policyName) => change({ policyName })}
            call={iot('ListPolicies', { pageSize: 250 })}
            namesOf={policyNamesIn}
          />
        )}
        <Fault fault={fault} />
      </SpaceBetween>
    </Container>
  )
}

export function Review({ plan }: { plan: Plan }) {
  return (
    <Details
      title="What will be made"
      facts={{
        Thing: shown(plan.thingName),
        Certificate: plan.csr === '' ? 'A new one, with its keys' : 'A new one, for the request',
        Policy: `${shown(plan.policyName)}${plan.policyDocument === undefined ? '' : ' (made unless there is one)'}`,
      }}
    />
  )
}
