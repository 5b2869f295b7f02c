import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { CopyButton } from './copyable.tsx'
import { DownloadButton } from './download-button.tsx'

/** A certificate to read, to copy, and to take along. */
export function Pem({ title, pem, file }: { title: string; pem: string; file: string }) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <CopyButton text={pem} what="the certificate" />
              <DownloadButton label="Download" text={pem} file={file} />
            </SpaceBetween>
          }
        >
          {title}
        </Header>
      }
    >
      <Box variant="code">
        <pre>{pem}</pre>
      </Box>
    </Container>
  )
}
