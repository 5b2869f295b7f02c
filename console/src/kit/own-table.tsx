/** A page with a list of Muster's own, which comes at once. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import type { ReactNode } from 'react'
import { text } from '../text/en.ts'
import { Failure } from './failure.tsx'
import { useOwn } from './use-call.ts'

interface OwnTableProps<Item> {
  title: string
  description: string
  /** Below `/muster/v1/`. */
  route: string
  itemsOf: (output: Record<string, unknown>) => readonly Item[]
  idOf: (item: Item) => string
  columns: readonly { header: string; cell: (item: Item) => ReactNode }[]
}

export function OwnTable<Item>(props: OwnTableProps<Item>) {
  const { title, description, route, itemsOf, idOf, columns } = props
  const query = useOwn<Record<string, unknown>>(route)
  const items = query.data ? itemsOf(query.data) : []
  return (
    <Table<Item>
      variant="full-page"
      items={items}
      trackBy={idOf}
      wrapLines
      loading={query.isLoading}
      loadingText={text.loading}
      columnDefinitions={columns.map((column) => ({ id: column.header, ...column }))}
      header={
        <Header
          variant="awsui-h1-sticky"
          description={description}
          counter={`(${items.length})`}
          actions={
            <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void query.refetch()} />
          }
        >
          {title}
        </Header>
      }
      empty={query.error ? <Failure error={query.error} /> : <Box textAlign="center">{text.none}</Box>}
    />
  )
}
