/** A list of resources: pages, a filter that stands in the URL, and the call behind it. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import type { OperationCall } from '../api/call.ts'
import type { Action } from './action.ts'
import { ActionsMenu } from './actions-menu.tsx'
import { CliEquivalent } from './cli-equivalent.tsx'
import { Failure } from './failure.tsx'
import { text } from '../text/en.ts'
import { useTree } from './use-tree.ts'
import { usePages, type Paging } from './use-pages.ts'
import { MoreButton } from './more-button.tsx'

export interface Column<Item> {
  id: string
  header: string
  cell: (item: Item) => ReactNode
  /** What the filter looks at, and sorting; absent: neither. */
  textOf?: (item: Item) => string
}

export interface ResourceTableProps<Item> {
  title: string
  description?: string
  call: OperationCall
  paging: Paging | undefined
  itemsOf: (output: Record<string, unknown>) => readonly Item[]
  idOf: (item: Item) => string
  columns: readonly Column<Item>[]
  actions?: ReactNode
  /** What the menu "Actions" offers for the rows that are selected. Without it none can be. */
  actionsOf?: ((selected: readonly Item[]) => readonly Action[]) | undefined
  /** Lists what is below the item of that id, where the list is a tree. */
  childrenCall?: ((id: string) => OperationCall) | undefined
}

export function ResourceTable<Item>(props: ResourceTableProps<Item>) {
  const { title, description, call: operation, paging, itemsOf, idOf, columns, actions, actionsOf } = props
  const { q = '' } = useSearch({ strict: false }) as { q?: string }
  const navigate = useNavigate()
  const [selectedIds, setSelectedIds] = useState<readonly string[]>([])
  const query = usePages(operation, paging)
  const items = (query.data?.pages ?? []).flatMap((page) => itemsOf(page))
  const tree = useTree(items, { childrenCall: props.childrenCall, itemsOf, idOf })
  const selected = tree.all.filter((item) => selectedIds.includes(idOf(item)))
  const wanted = q.toLowerCase()
  const shownItems =
    wanted === ''
      ? items
      : items.filter((item) => columns.some(({ textOf }) => textOf?.(item).toLowerCase().includes(wanted)))
  const setFilter = (filteringText: string) =>
    void navigate({
      to: '.',
      search: (previous: object) => ({ ...previous, q: filteringText === '' ? undefined : filteringText }),
      replace: true,
    } as never)
  return (
    <Table<Item>
      variant="full-page"
      stickyHeader
      items={shownItems as Item[]}
      trackBy={idOf}
      {...(tree.expandableRows && { expandableRows: tree.expandableRows })}
      {...(actionsOf && {
        selectionType: 'multi' as const,
        selectedItems: selected as Item[],
        onSelectionChange: ({ detail }) => setSelectedIds(detail.selectedItems.map((item) => idOf(item))),
        ariaLabels: {
          selectionGroupLabel: title,
          allItemsSelectionLabel: () => text.selectAll,
          itemSelectionLabel: (_, item) => `${text.select} ${idOf(item)}`,
        },
      })}
      loading={query.isLoading}
      loadingText={text.loading}
      columnDefinitions={columns.map(({ id, header, cell, textOf }) => ({
        id,
        header,
        cell,
        ...(textOf && { sortingComparator: (a: Item, b: Item) => textOf(a).localeCompare(textOf(b)) }),
      }))}
      header={
        <Header
          variant="awsui-h1-sticky"
          counter={`(${items.length}${query.hasNextPage ? '+' : ''})`}
          description={description}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void query.refetch()} />
              {actionsOf ? <ActionsMenu actions={offer(actionsOf, selected)} /> : null}
              {actions}
            </SpaceBetween>
          }
        >
          {title}
        </Header>
      }
      filter={
        <TextFilter
          filteringText={q}
          filteringPlaceholder={text.find}
          filteringAriaLabel={text.find}
          countText={q === '' ? '' : text.matches(shownItems.length)}
          onChange={({ detail }) => setFilter(detail.filteringText)}
        />
      }
      empty={query.error ? <Failure error={query.error} /> : <Box textAlign="center">{text.none}</Box>}
      footer={
        <SpaceBetween size="s">
          <MoreButton query={query} />
          <CliEquivalent calls={[operation]} />
        </SpaceBetween>
      }
    />
  )
}

/** Without a selection the menu shows what there would be. */
function offer<Item>(
  actionsOf: (selected: readonly Item[]) => readonly Action[],
  selected: readonly Item[],
): readonly Action[] {
  const actions = actionsOf(selected)
  return selected.length > 0
    ? actions
    : actions.map((action) => ({ ...action, disabledReason: text.selectFirst }))
}
