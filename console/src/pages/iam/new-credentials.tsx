/** What is shown once, when it has been made: it cannot be had again. */
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { Copyable, CopyButton } from '../../kit/copyable.tsx'
import { DownloadButton } from '../../kit/download-button.tsx'

export interface AccessKey {
  UserName: string
  AccessKeyId: string
  SecretAccessKey: string
}

/** As AWS writes it. */
const toCsv = ({ AccessKeyId, SecretAccessKey }: AccessKey) =>
  `Access key ID,Secret access key\r\n${AccessKeyId},${SecretAccessKey}\r\n`

export function NewAccessKey({ accessKey }: { accessKey: AccessKey }) {
  const { UserName, AccessKeyId, SecretAccessKey } = accessKey
  const [isShown, setShown] = useState(false)
  return (
    <SpaceBetween size="m">
      <Alert type="success" header="Access key created">
        This is the only time that the secret access key can be viewed or downloaded. You cannot recover it
        later, but you can create a new access key at any time.
      </Alert>
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Access key', value: <Copyable text={AccessKeyId} what="the access key" /> },
          {
            label: 'Secret access key',
            value: (
              <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                <Box variant="code">{isShown ? SecretAccessKey : '•'.repeat(SecretAccessKey.length)}</Box>
                <Button formAction="none" variant="inline-link" onClick={() => setShown(!isShown)}>
                  {isShown ? 'Hide' : 'Show'}
                </Button>
                <CopyButton text={SecretAccessKey} what="the secret access key" />
              </SpaceBetween>
            ),
          },
        ]}
      />
      <DownloadButton
        label="Download .csv file"
        text={toCsv(accessKey)}
        file={`${UserName}_accessKeys.csv`}
      />
    </SpaceBetween>
  )
}
