import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Copyable, CopyButton } from '../../kit/copyable.tsx'

/** How the verification certificate is made, with the code of this account. */
export function VerificationSteps({ code }: { code: string }) {
  const commands = `openssl genrsa -out verificationCert.key 2048
openssl req -new -key verificationCert.key -out verificationCert.csr \\
  -subj "/CN=${code}"
openssl x509 -req -in verificationCert.csr -out verificationCert.pem -days 500 -sha256 \\
  -CA rootCA.pem -CAkey rootCA.key -CAcreateserial`
  return (
    <SpaceBetween size="m">
      <FormField
        label="Registration code"
        description="It goes into the common name of the verification certificate."
      >
        <Copyable text={code} what="the registration code" />
      </FormField>
      <Alert
        type="info"
        header="Make the verification certificate"
        action={<CopyButton text={commands} what="the commands" />}
      >
        <SpaceBetween size="xs">
          <Box>
            A key for it, a request that carries the code, and the signature of your CA (rootCA.pem with its
            key rootCA.key). Files are named as in AWS's documents.
          </Box>
          <Box variant="code">
            <pre>{commands}</pre>
          </Box>
        </SpaceBetween>
      </Alert>
    </SpaceBetween>
  )
}
