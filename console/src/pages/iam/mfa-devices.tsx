/** The MFA devices of a user: authenticator apps. */
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState, type ReactNode } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import type { Action } from '../../kit/action.ts'
import { Copyable } from '../../kit/copyable.tsx'
import { TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { Time } from '../../kit/time-cell.tsx'
import { iamMarkers } from '../resources/list.tsx'
import { iam } from './iam.ts'

interface Assigned {
  SerialNumber: string
  EnableDate: number
}

interface NewDevice {
  SerialNumber: string
  /** Base64, as blobs are. */
  Base32StringSeed: string
  QRCodePNG: string
}

export function MfaDevices({ userName: UserName }: { userName: string }) {
  const [made, setMade] = useState<NewDevice>()
  return (
    <>
      <RelatedTable<Assigned>
        title="Multi-factor authentication (MFA)"
        description="A code of an authenticator app, beside the password. There can be eight."
        call={iam('ListMFADevices', { UserName })}
        paging={iamMarkers}
        itemsOf={(output) => (output['MFADevices'] ?? []) as Assigned[]}
        idOf={({ SerialNumber }) => SerialNumber}
        columns={[
          { header: 'Identifier', cell: ({ SerialNumber }) => shown(SerialNumber) },
          { header: 'Assigned', cell: ({ EnableDate }) => <Time at={EnableDate} /> },
        ]}
        actions={
          <ActionButton
            label="Assign MFA device"
            needs={[iam('CreateVirtualMFADevice'), iam('EnableMFADevice')]}
            form={(close) => <NameDevice userName={UserName} onClose={close} onMade={setMade} />}
          />
        }
        actionsOf={({ SerialNumber }) => actionsOfDevice({ UserName, SerialNumber })}
      />
      {made ? <EnableDevice userName={UserName} device={made} onClose={() => setMade(undefined)} /> : null}
    </>
  )
}

interface DeviceName {
  UserName: string
  SerialNumber: string
}

const actionsOfDevice = (device: DeviceName): Action[] => [
  {
    label: 'Resync',
    needs: iam('ResyncMFADevice'),
    form: (close) => (
      <CodesForm
        title="Resync MFA device"
        submitLabel="Resync"
        operation="ResyncMFADevice"
        {...{ device, close }}
      />
    ),
  },
  {
    label: 'Remove',
    question: 'Its codes are asked for no more.',
    operation: [
      iam('DeactivateMFADevice', device),
      iam('DeleteVirtualMFADevice', { SerialNumber: device.SerialNumber }),
    ],
  },
]

interface NameDeviceProps {
  userName: string
  onClose: () => void
  onMade: (device: NewDevice) => void
}

function NameDevice({ userName, onClose, onMade }: NameDeviceProps) {
  const [VirtualMFADeviceName, setName] = useState(userName)
  return (
    <FormModal<{ VirtualMFADevice: NewDevice }>
      title="Select MFA device"
      submitLabel="Next"
      calls={iam('CreateVirtualMFADevice', { VirtualMFADeviceName })}
      missing={VirtualMFADeviceName === '' ? 'Give the device a name first' : undefined}
      onClose={onClose}
      onDone={({ VirtualMFADevice }) => onMade(VirtualMFADevice)}
    >
      <TextField
        label="Device name"
        member="VirtualMFADeviceName"
        value={VirtualMFADeviceName}
        onChange={setName}
      />
    </FormModal>
  )
}

interface EnableDeviceProps {
  userName: string
  device: NewDevice
  onClose: () => void
}

function EnableDevice({ userName, device, onClose }: EnableDeviceProps) {
  const { SerialNumber, Base32StringSeed, QRCodePNG } = device
  return (
    <CodesForm
      title="Set up device"
      submitLabel="Add MFA"
      operation="EnableMFADevice"
      device={{ UserName: userName, SerialNumber }}
      close={onClose}
    >
      <SpaceBetween size="s">
        <Box>Scan the QR code with an authenticator app, or type its secret key. It is shown this once.</Box>
        <img src={`data:image/png;base64,${QRCodePNG}`} alt="QR code of the secret key" />
        <Copyable text={atob(Base32StringSeed)} what="the secret key" />
      </SpaceBetween>
    </CodesForm>
  )
}

interface CodesFormProps {
  title: string
  submitLabel: string
  operation: 'EnableMFADevice' | 'ResyncMFADevice'
  device: DeviceName
  close: () => void
  children?: ReactNode
}

function CodesForm({ title, submitLabel, operation, device, close, children }: CodesFormProps) {
  const [AuthenticationCode1, setFirst] = useState('')
  const [AuthenticationCode2, setSecond] = useState('')
  const isWhole = [AuthenticationCode1, AuthenticationCode2].every((code) => /^\d{6}$/.test(code))
  return (
    <FormModal
      title={title}
      submitLabel={submitLabel}
      calls={iam(operation, { ...device, AuthenticationCode1, AuthenticationCode2 })}
      missing={isWhole ? undefined : 'Two codes of six digits are needed, one after the other'}
      onClose={close}
    >
      {children}
      <TextField
        label="MFA code 1"
        member="AuthenticationCode1"
        value={AuthenticationCode1}
        onChange={setFirst}
      />
      <TextField
        label="MFA code 2"
        member="AuthenticationCode2"
        description="The one that the app shows next."
        value={AuthenticationCode2}
        onChange={setSecond}
      />
    </FormModal>
  )
}
