import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { shown, shownLines } from '../../kit/shown.ts'
import { text } from '../../text/en.ts'
import type { Authorizer } from './authorizer.ts'

/** By which the signatures of tokens are checked. */
export const PublicKeys = ({ authorizer }: { authorizer: Authorizer }) => (
  <Table
    items={Object.entries(authorizer.tokenSigningPublicKeys ?? {})}
    trackBy={([name]) => name}
    wrapLines
    header={<Header variant="h2">Public keys</Header>}
    columnDefinitions={[
      { id: 'name', header: 'Key name', isRowHeader: true, cell: ([name]) => shown(name) },
      { id: 'pem', header: 'Public key', cell: ([, pem]) => <pre>{shownLines(pem)}</pre> },
    ]}
    empty={<Box textAlign="center">{text.none}</Box>}
  />
)
