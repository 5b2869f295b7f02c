/** Entries of the journal as rows, each or by device. */
import Badge from '@cloudscape-design/components/badge'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { JournalEntry } from '../../api/events.ts'
import { byDevice, ofOne, type DeviceRow } from './by-device.ts'
import { entryColumns } from './entry-columns.tsx'

interface EntriesTableProps extends Pick<TableProps, 'filter' | 'empty' | 'footer'> {
  entries: readonly JournalEntry[]
  isByDevice: boolean
  /** So many rows at most. */
  shown: number
}

const columns = entryColumns.map(({ cell, ...column }) => ({
  ...column,
  cell: ({ entry, older }: DeviceRow) =>
    column.id === 'device' && older.length > 0 ? (
      <SpaceBetween direction="horizontal" size="xxs">
        {cell(entry)}
        <Badge>{older.length + 1}</Badge>
      </SpaceBetween>
    ) : (
      cell(entry)
    ),
}))

export function EntriesTable({ entries, isByDevice, shown, ...table }: EntriesTableProps) {
  const rows = (isByDevice ? byDevice(entries) : entries.map(ofOne)).slice(0, shown)
  const expandableRows = useExpandable(rows)
  return (
    <Table
      {...table}
      items={rows}
      trackBy={({ id }) => id}
      columnDefinitions={columns}
      wrapLines
      {...(isByDevice && { expandableRows })}
    />
  )
}

/** A device that is open stays so when more entries of it come. */
function useExpandable(rows: readonly DeviceRow[]) {
  const [open, setOpen] = useState<readonly string[]>([])
  return {
    getItemChildren: ({ older }: DeviceRow) => older.map(ofOne),
    isItemExpandable: ({ older }: DeviceRow) => older.length > 0,
    expandedItems: rows.filter(({ id }) => open.includes(id)),
    onExpandableItemToggle: ({ detail }: { detail: { item: DeviceRow; expanded: boolean } }) => {
      const { id } = detail.item
      setOpen(detail.expanded ? [...open, id] : open.filter((other) => other !== id))
    },
  }
}
