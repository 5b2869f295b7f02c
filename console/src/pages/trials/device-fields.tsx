/** The device that is tried: a subject that a person types, or a certificate. */
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { TextField } from '../../kit/field.tsx'
import { PemField } from '../../kit/pem-field.tsx'

export interface Device {
  kind: 'subject' | 'certificate'
  subject: string
  certificatePem: string
  clientId: string
}

export const firstDevice: Device = {
  kind: 'subject',
  subject: 'CN=device-1',
  certificatePem: '',
  clientId: '',
}

interface DeviceFieldsProps {
  device: Device
  onChange: (device: Device) => void
}

export function DeviceFields({ device, onChange }: DeviceFieldsProps) {
  const change = (changed: Partial<Device>) => onChange({ ...device, ...changed })
  return (
    <SpaceBetween size="m">
      <SegmentedControl
        label="Device"
        selectedId={device.kind}
        options={[
          { id: 'subject', text: 'Subject' },
          { id: 'certificate', text: 'Certificate' },
        ]}
        onChange={({ detail }) => change({ kind: detail.selectedId as Device['kind'] })}
      />
      {device.kind === 'subject' ? (
        <TextField
          label="Subject of the certificate"
          description="Such as C=NL, O=Acme, CN=lamp-1"
          value={device.subject}
          onChange={(subject) => change({ subject })}
        />
      ) : (
        <PemField
          label="Device certificate"
          member="certificatePem"
          buttonLabel="Select device certificate"
          value={device.certificatePem}
          onChange={(certificatePem) => change({ certificatePem })}
        />
      )}
      <TextField
        label="Client ID - optional"
        description="As which it connects; without one, the name of its thing."
        value={device.clientId}
        onChange={(clientId) => change({ clientId })}
      />
    </SpaceBetween>
  )
}
