/** In whose name one is connected: one's own, or with the rights of a device. */
import Autosuggest from '@cloudscape-design/components/autosuggest'
import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { useMissingPermissions } from '../../kit/permissions.ts'
import { shown } from '../../kit/shown.ts'
import { useCall } from '../../kit/use-call.ts'
import type { Identity } from './guest.ts'
import type { Snapshot } from './session.ts'

interface Certificate {
  certificateId: string
  certificateArn: string
  status: string
}

interface ConnectionProps {
  identity: Identity
  snapshot: Snapshot
  onConnect: (identity: Identity) => void
  onDisconnect: () => void
}

const actAsDevice = { service: 'muster', operation: 'ActAsDevice' }
const listCertificates = { service: 'iot', operation: 'ListCertificates', input: { pageSize: 100 } }

export function Connection({ identity, snapshot, onConnect, onDisconnect }: ConnectionProps) {
  const { state, clientId } = snapshot
  const [isDevice, setDevice] = useState(identity.actAs !== undefined)
  const [certificateId, setCertificateId] = useState(identity.actAs ?? '')
  const [wantedId, setWantedId] = useState(identity.clientId ?? '')
  const certificates = useCall<{ certificates?: Certificate[] }>(listCertificates)
  const known = certificates.data?.certificates ?? []
  const thingName = useThing(known.find((one) => one.certificateId === certificateId)?.certificateArn)
  const [denied] = useMissingPermissions([isDevice ? actAsDevice : undefined])
  const isReady = !isDevice || /^[0-9a-f]{64}$/.test(certificateId)
  const reason = denied ?? (isReady ? undefined : 'Name a certificate first')
  const given = wantedId === '' && isDevice ? thingName : wantedId
  const connect = () =>
    onConnect({ actAs: isDevice ? certificateId : undefined, clientId: given === '' ? undefined : given })
  return (
    <ExpandableSection
      variant="container"
      headerText="Connection details"
      defaultExpanded={identity.actAs !== undefined}
      headerActions={
        state === 'disconnected' ? undefined : <Button onClick={onDisconnect}>Disconnect</Button>
      }
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Client ID', value: clientId === undefined ? '–' : shown(clientId) },
            {
              label: 'Rights of',
              value:
                identity.actAs === undefined ? 'Yourself' : `Certificate ${identity.actAs.slice(0, 16)}…`,
            },
            { label: 'Judged as client', value: shown(identity.clientId ?? clientId ?? '–') },
          ]}
        />
        <FormField label="Connect as">
          <RadioGroup
            value={isDevice ? 'device' : 'me'}
            items={[
              {
                value: 'me',
                label: 'Yourself',
                description: 'With the IAM policies of whoever is signed in.',
              },
              {
                value: 'device',
                label: 'A device',
                description:
                  'With the policies and variables of its certificate, beside the device: its own connection stays.',
              },
            ]}
            onChange={({ detail }) => setDevice(detail.value === 'device')}
          />
        </FormField>
        {isDevice ? (
          <FormField label="Certificate ID" constraintText="64 hex digits, of an ACTIVE certificate.">
            <Autosuggest
              value={certificateId}
              ariaLabel="Certificate ID"
              enteredTextLabel={(value) => `Use ${value}`}
              options={known.map((one) => ({ value: one.certificateId, description: one.status }))}
              empty="There is no certificate yet."
              onChange={({ detail }) => setCertificateId(detail.value.trim())}
            />
          </FormField>
        ) : null}
        <FormField
          label="Client ID that policies are asked about"
          description="The connection itself always has an ID of its own, so that it takes nobody's place."
        >
          <Input
            value={wantedId}
            spellcheck={false}
            placeholder={isDevice ? thingName : 'iotconsole-…'}
            onChange={({ detail }) => setWantedId(detail.value)}
          />
        </FormField>
        <Button disabled={reason !== undefined} disabledReason={reason} onClick={connect}>
          Connect
        </Button>
      </SpaceBetween>
    </ExpandableSection>
  )
}

/** The first thing of the certificate, by whose name devices mostly call themselves. */
function useThing(principal: string | undefined): string {
  const things = useQuery({
    queryKey: ['iot', 'ListPrincipalThings', principal],
    queryFn: () =>
      call<{ things?: string[] }>({ service: 'iot', operation: 'ListPrincipalThings', input: { principal } }),
    enabled: principal !== undefined,
  })
  return things.data?.things?.[0] ?? ''
}
