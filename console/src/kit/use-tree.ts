import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { call, type OperationCall } from '../api/call.ts'

export interface TreeOptions<Item> {
  /** Lists what is below the item of that id; absent: the list is flat. */
  childrenCall: ((id: string) => OperationCall) | undefined
  itemsOf: (output: Record<string, unknown>) => readonly Item[]
  idOf: (item: Item) => string
}

/** Branches of a list, asked for when they are opened. */
export function useTree<Item>(roots: readonly Item[], { childrenCall, itemsOf, idOf }: TreeOptions<Item>) {
  const [openIds, setOpenIds] = useState<readonly string[]>([])
  const branches = useQueries({
    queries: childrenCall
      ? openIds.map((id) => {
          const operation = childrenCall(id)
          return {
            queryKey: [operation.service, operation.operation, operation.input],
            queryFn: () => call<Record<string, unknown>>(operation),
          }
        })
      : [],
  })
  const below = new Map(openIds.map((id, at) => [id, branches[at]?.data]))
  const childrenOf = (item: Item): readonly Item[] => {
    const output = below.get(idOf(item))
    return output ? itemsOf(output) : []
  }
  const walk = (items: readonly Item[]): Item[] => items.flatMap((item) => [item, ...walk(childrenOf(item))])
  const all = childrenCall ? walk(roots) : [...roots]
  const expandableRows = {
    getItemChildren: (item: Item) => childrenOf(item),
    isItemExpandable: (item: Item) => below.get(idOf(item)) === undefined || childrenOf(item).length > 0,
    expandedItems: all.filter((item) => openIds.includes(idOf(item))),
    onExpandableItemToggle: ({ detail }: { detail: { item: Item; expanded: boolean } }) => {
      const id = idOf(detail.item)
      setOpenIds(detail.expanded ? [...openIds, id] : openIds.filter((open) => open !== id))
    },
  }
  return { all, ...(childrenCall && { expandableRows }) }
}
