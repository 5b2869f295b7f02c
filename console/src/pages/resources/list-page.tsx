import { ActionButton } from '../../kit/action-button.tsx'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { ResourceTable, type Column } from '../../kit/resource-table.tsx'
import { shown } from '../../kit/shown.ts'
import { valueOf, type List, type Row } from './list.tsx'

export function ListPage({ list }: { list: List }) {
  const { create } = list
  return (
    <ResourceTable<Row>
      key={list.path}
      title={list.title}
      {...(list.description !== undefined && { description: list.description })}
      call={list.call}
      paging={list.paging}
      itemsOf={(output) => rowsIn(output, list)}
      idOf={(row) => valueOf(row, list.id)}
      columns={[...list.columns.map(toColumn), ...menuColumn(list)]}
      actionsOf={list.actionsOf}
      childrenCall={list.childrenCall}
      actions={create ? <ActionButton variant="primary" {...create} /> : null}
    />
  )
}

/** Some operations list names alone. */
const rowsIn = (output: Record<string, unknown>, { rows, id }: List): Row[] =>
  ((output[rows] ?? []) as (Row | string)[]).map((row) => (typeof row === 'string' ? { [id]: row } : row))

const toColumn = ({ header, member, show }: List['columns'][number]): Column<Row> => ({
  id: header,
  header,
  cell: show ?? ((row) => shown(valueOf(row, member)) || '–'),
  textOf: (row) => valueOf(row, member),
})

/** What can be done to one row, behind three dots. */
function menuColumn({ actionsOf, id }: List): Column<Row>[] {
  if (!actionsOf) return []
  return [
    {
      id: 'actions',
      header: 'Actions',
      cell: (row) => (
        <ActionsMenu actions={actionsOf([row])} label={`Actions for ${valueOf(row, id)}`} isIcon />
      ),
    },
  ]
}
