/** What belongs to the resource of a page: a list within it. */
import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import type { ReactNode } from 'react'
import type { OperationCall } from '../api/call.ts'
import { text } from '../text/en.ts'
import type { Action } from './action.ts'
import { ActionsMenu } from './actions-menu.tsx'
import { CliEquivalent } from './cli-equivalent.tsx'
import { Failure } from './failure.tsx'
import { usePages, type Paging } from './use-pages.ts'
import { MoreButton } from './more-button.tsx'

export interface RelatedTableProps<Item> {
  title: string
  description?: string
  call: OperationCall
  paging?: Paging | undefined
  itemsOf: (output: Record<string, unknown>) => readonly Item[]
  idOf: (item: Item) => string
  columns: readonly { header: string; cell: (item: Item) => ReactNode }[]
  /** Above the list, e.g. a button that attaches one more. */
  actions?: ReactNode
  /** The menu of each. */
  actionsOf?: (item: Item) => readonly Action[]
}

export function RelatedTable<Item>(props: RelatedTableProps<Item>) {
  const { title, description, call, paging, itemsOf, idOf, columns, actions, actionsOf } = props
  const query = usePages(call, paging)
  const items = (query.data?.pages ?? []).flatMap((page) => itemsOf(page))
  const menu = actionsOf && {
    header: 'Actions',
    cell: (item: Item) => (
      <ActionsMenu actions={actionsOf(item)} label={`Actions for ${idOf(item)}`} isIcon />
    ),
  }
  return (
    <Table<Item>
      items={items}
      trackBy={idOf}
      wrapLines
      loading={query.isLoading}
      loadingText={text.loading}
      columnDefinitions={[...columns, ...(menu ? [menu] : [])].map((column) => ({
        id: column.header,
        ...column,
      }))}
      header={
        <Header
          variant="h2"
          description={description}
          actions={actions}
          counter={`(${items.length}${query.hasNextPage ? '+' : ''})`}
        >
          {title}
        </Header>
      }
      empty={query.error ? <Failure error={query.error} /> : <Box textAlign="center">{text.none}</Box>}
      footer={
        <SpaceBetween size="s">
          <MoreButton query={query} />
          <CliEquivalent calls={[call]} />
        </SpaceBetween>
      }
    />
  )
}
