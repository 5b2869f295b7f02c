import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { FormModal } from '../../kit/form.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { Status } from '../../kit/status.tsx'
import { Time } from '../../kit/time-cell.tsx'
import { text } from '../../text/en.ts'
import { iamMarkers } from '../resources/list.tsx'
import { iam } from './iam.ts'
import { NewAccessKey, type AccessKey } from './new-credentials.tsx'

interface KeyMetadata {
  AccessKeyId: string
  Status: 'Active' | 'Inactive'
  CreateDate: number
}

/** Without a name: those of whoever is signed in. */
export function AccessKeys({ userName }: { userName?: string }) {
  const [made, setMade] = useState<AccessKey>()
  const owner = userName === undefined ? {} : { UserName: userName }
  return (
    <>
      <RelatedTable<KeyMetadata>
        title="Access keys"
        description="For the aws command line, SDKs, and signing in to this console. There can be two at a time."
        call={iam('ListAccessKeys', owner)}
        paging={iamMarkers}
        itemsOf={(output) => (output['AccessKeyMetadata'] ?? []) as KeyMetadata[]}
        idOf={({ AccessKeyId }) => AccessKeyId}
        columns={[
          { header: 'Access key', cell: ({ AccessKeyId }) => AccessKeyId },
          { header: 'Status', cell: (key) => <Status value={key.Status} /> },
          { header: 'Created', cell: ({ CreateDate }) => <Time at={CreateDate} /> },
        ]}
        actions={
          <ActionButton
            label="Create access key"
            needs={iam('CreateAccessKey')}
            form={(close) => (
              <FormModal<{ AccessKey: AccessKey }>
                title="Create access key"
                submitLabel="Create access key"
                calls={iam('CreateAccessKey', owner)}
                onClose={close}
                onDone={({ AccessKey: key }) => setMade(key)}
              >
                <Box>Its secret is shown once, and kept nowhere in clear.</Box>
              </FormModal>
            )}
          />
        }
        actionsOf={({ AccessKeyId, Status: status }) => actionsOfKey({ ...owner, AccessKeyId }, status)}
      />
      {made ? (
        <Modal
          visible
          size="large"
          header="Retrieve access key"
          closeAriaLabel={text.close}
          onDismiss={() => setMade(undefined)}
          footer={
            <Box float="right">
              <Button variant="primary" onClick={() => setMade(undefined)}>
                Done
              </Button>
            </Box>
          }
        >
          <NewAccessKey accessKey={made} />
        </Modal>
      ) : null}
    </>
  )
}

const actionsOfKey = (key: { UserName?: string; AccessKeyId: string }, status: KeyMetadata['Status']) => [
  status === 'Active'
    ? {
        label: 'Deactivate',
        question: 'Whoever uses the key is refused at once, until it is activated again.',
        operation: iam('UpdateAccessKey', { ...key, Status: 'Inactive' }),
      }
    : {
        label: 'Activate',
        question: 'Whoever has the key may use it again.',
        operation: iam('UpdateAccessKey', { ...key, Status: 'Active' }),
      },
  {
    label: 'Delete',
    question: 'The key is gone for good. Whoever uses it is refused at once.',
    typed: 'delete',
    disabledReason: status === 'Active' ? 'Deactivate it first' : undefined,
    operation: iam('DeleteAccessKey', key),
  },
]
