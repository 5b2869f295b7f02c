/** What a search found, where it is several. */
import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { ownPath } from '../../api/own-path.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { findMatches, type Match } from '../../search.ts'
import { text } from '../../text/en.ts'

const columns = [
  { id: 'kind', header: 'Kind', cell: ({ kind }: Match) => kind },
  {
    id: 'name',
    header: 'Name',
    cell: ({ name, path }: Match) => (
      <PageLink href={path}>
        <span className="anywhere">{shown(name)}</span>
      </PageLink>
    ),
  },
  {
    id: 'note',
    header: 'Details',
    cell: ({ note }: Match) => <span className="anywhere">{shown(note ?? '–')}</span>,
  },
]

export function Page() {
  const { q = '' } = useSearch({ strict: false }) as { q?: string }
  const wanted = q.trim()
  const found = useQuery({
    queryKey: ['search', wanted],
    queryFn: () => (wanted === '' ? [] : findMatches(wanted)),
  })
  const matches = found.data ?? []
  return (
    <Table
      variant="full-page"
      items={matches}
      trackBy="path"
      columnDefinitions={columns}
      wrapLines
      loading={found.isLoading}
      loadingText={text.loading}
      header={
        <Header
          variant="awsui-h1-sticky"
          counter={`(${matches.length})`}
          description={<span className="anywhere">{shown(wanted)}</span>}
        >
          Found
        </Header>
      }
      empty={
        found.error ? (
          <Failure error={found.error} />
        ) : (
          <SpaceBetween size="xs">
            <Box textAlign="center">Nothing has this name.</Box>
            <Box textAlign="center">
              <PageLink href={`/explain?subject=${encodeURIComponent(wanted)}`}>
                What the journal knows of it
              </PageLink>
            </Box>
          </SpaceBetween>
        )
      }
      footer={<CliEquivalent routes={[ownPath('certificates', { text: wanted })]} />}
    />
  )
}
