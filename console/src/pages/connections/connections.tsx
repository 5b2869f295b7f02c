/** Who is connected now. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { getOwn } from '../../api/call.ts'
import { ownPath } from '../../api/own-path.ts'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Failure } from '../../kit/failure.tsx'
import { text } from '../../text/en.ts'
import { columns, type Connection } from './columns.tsx'
import { disconnect } from './disconnect.ts'
import { MoreButton } from '../../kit/more-button.tsx'

const route = 'connections'

export function Page() {
  const { q = '' } = useSearch({ strict: false }) as { q?: string }
  const navigate = useNavigate()
  const [selected, setSelected] = useState<readonly Connection[]>([])
  const query = useInfiniteQuery({
    queryKey: ['muster', route, q],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      getOwn<{ connections: Connection[]; nextMarker?: string }>(route, {
        ...(q !== '' && { clientIdPrefix: q }),
        ...(pageParam !== undefined && { marker: pageParam }),
      }),
    getNextPageParam: ({ nextMarker }) => nextMarker,
  })
  const items = (query.data?.pages ?? []).flatMap(({ connections }) => connections)
  const chosen = items.filter((item) => selected.some(({ clientId }) => clientId === item.clientId))
  return (
    <Table<Connection>
      variant="full-page"
      stickyHeader
      items={items}
      trackBy="clientId"
      selectionType="multi"
      selectedItems={chosen}
      onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
      ariaLabels={{
        selectionGroupLabel: 'Connections',
        allItemsSelectionLabel: () => text.selectAll,
        itemSelectionLabel: (_, { clientId }) => `${text.select} ${clientId}`,
      }}
      loading={query.isLoading}
      loadingText={text.loading}
      columnDefinitions={columns}
      header={
        <Header
          variant="awsui-h1-sticky"
          description="MQTT clients that are connected now: devices, IAM identities, and people at the console."
          counter={`(${items.length}${query.hasNextPage ? '+' : ''})`}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void query.refetch()} />
              <ActionsMenu actions={[disconnect(chosen)]} />
            </SpaceBetween>
          }
        >
          Connections
        </Header>
      }
      filter={
        <TextFilter
          filteringText={q}
          filteringPlaceholder="Find by how the client ID begins"
          filteringAriaLabel="Find by how the client ID begins"
          onChange={({ detail }) =>
            void navigate({
              to: '.',
              search: { q: detail.filteringText === '' ? undefined : detail.filteringText },
              replace: true,
            } as never)
          }
        />
      }
      empty={
        query.error ? (
          <Failure error={query.error} />
        ) : (
          <Box textAlign="center">{q === '' ? 'Nobody is connected.' : 'No client ID begins so.'}</Box>
        )
      }
      footer={
        <SpaceBetween size="s">
          <MoreButton query={query} />
          <CliEquivalent routes={[ownPath(route, q === '' ? {} : { clientIdPrefix: q })]} />
        </SpaceBetween>
      }
    />
  )
}
