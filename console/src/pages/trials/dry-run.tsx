/** What a CA, or a template, would make of a device. */
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Failure } from '../../kit/failure.tsx'
import { NameField } from '../../kit/name-field.tsx'
import { iot } from '../resources/list.tsx'
import { jitpTemplatesIn, listTemplates } from '../cas/ca.ts'
import { DeviceFields, firstDevice } from './device-fields.tsx'
import { DryRunResult } from './dry-run-result.tsx'
import { dryRunCall, useDryRun } from './use-dry-run.ts'

const casIn = (output: Record<string, unknown>) =>
  ((output['certificates'] ?? []) as { certificateId: string }[]).map(({ certificateId }) => certificateId)

export function Page() {
  const { ca = '', template = '' } = useSearch({ strict: false }) as { ca?: string; template?: string }
  const navigate = useNavigate()
  const [device, setDevice] = useState(firstDevice)
  const set = (name: string) => (value: string) =>
    void navigate({
      to: '.',
      search: (previous: object) => ({ ...previous, [name]: value === '' ? undefined : value }),
      replace: true,
    } as never)
  const provisioner = { caCertificateId: ca, templateName: template }
  const dryRun = useDryRun(provisioner, device)
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="What would become of a device that connects now. Nothing is made.">
        Dry run
      </Header>
      <Container>
        <SpaceBetween size="m">
          <NameField
            label="CA certificate"
            description="From which the device comes. A certificate finds the one that signed it by itself, given a template."
            value={ca}
            onChange={set('ca')}
            call={iot('ListCACertificates', { pageSize: 100 })}
            namesOf={casIn}
          />
          <NameField
            label="Provisioning template - optional"
            description="Instead of what the CA says."
            value={template}
            onChange={set('template')}
            call={listTemplates}
            namesOf={jitpTemplatesIn}
          />
          <DeviceFields device={device} onChange={setDevice} />
        </SpaceBetween>
      </Container>
      {dryRun.error ? <Failure error={dryRun.error} /> : null}
      {dryRun.data && !dryRun.error ? <DryRunResult report={dryRun.data} /> : null}
      <CliEquivalent calls={[dryRunCall(provisioner, device)]} />
    </SpaceBetween>
  )
}
