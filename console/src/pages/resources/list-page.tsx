import Button from '@cloudscape-design/components/button'
import { useRouter } from '@tanstack/react-router'
import { ResourceTable } from '../../kit/resource-table.tsx'
import { shown } from '../../kit/shown.ts'
import { valueOf, type List, type Row } from './lists.tsx'

export function ListPage({ list }: { list: List }) {
  const router = useRouter()
  const { create } = list
  return (
    <ResourceTable<Row>
      key={list.path}
      title={list.title}
      {...(list.description !== undefined && { description: list.description })}
      call={list.call}
      paging={list.paging}
      itemsOf={(output) => (output[list.rows] ?? []) as Row[]}
      idOf={(row) => valueOf(row, list.id)}
      columns={list.columns.map(({ header, member, show }) => ({
        id: member,
        header,
        cell: show ?? ((row: Row) => shown(valueOf(row, member)) || '–'),
        textOf: (row: Row) => valueOf(row, member),
      }))}
      actions={
        create ? (
          <Button variant="primary" onClick={() => router.history.push(`/console${create.href}`)}>
            {create.label}
          </Button>
        ) : null
      }
    />
  )
}
