import { ActionButton } from '../../kit/action-button.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { iot, linked, tokens, valueOf, type Row } from '../resources/list.tsx'

/** The groups right below a group. */
export function Subgroups({ parentGroupName }: { parentGroupName: string }) {
  return (
    <RelatedTable<Row>
      title="Thing groups"
      call={iot('ListThingGroups', { parentGroup: parentGroupName, recursive: false, maxResults: 100 })}
      paging={tokens}
      itemsOf={(output) => (output['thingGroups'] ?? []) as Row[]}
      idOf={(row) => valueOf(row, 'groupName')}
      columns={[{ header: 'Name', cell: linked('groupName', '/thing-groups') }]}
      actions={
        <ActionButton
          label="Create thing group"
          needs={iot('CreateThingGroup')}
          href={`/create/thing-group?parent=${encodeURIComponent(parentGroupName)}`}
        />
      }
    />
  )
}
