import { ActionButton } from '../../kit/action-button.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { iot, linked, tokens, valueOf, type Row } from '../resources/list.tsx'
import { AddToGroup } from './add-to-group.tsx'

/** The groups that a thing is in. */
export function ThingGroupsOfThing({ thingName }: { thingName: string }) {
  return (
    <RelatedTable<Row>
      title="Thing groups"
      call={iot('ListThingGroupsForThing', { thingName, maxResults: 250 })}
      paging={tokens}
      itemsOf={(output) => (output['thingGroups'] ?? []) as Row[]}
      idOf={(row) => valueOf(row, 'groupName')}
      columns={[{ header: 'Name', cell: linked('groupName', '/thing-groups') }]}
      actions={
        <ActionButton
          label="Add to group"
          needs={iot('AddThingToThingGroup')}
          form={(close) => <AddToGroup names={[thingName]} onClose={close} />}
        />
      }
      actionsOf={(row) => [
        {
          label: 'Remove from group',
          question: "The group's policies no longer hold for the thing's devices.",
          operation: iot('RemoveThingFromThingGroup', {
            thingName,
            thingGroupName: valueOf(row, 'groupName'),
          }),
        },
      ]}
    />
  )
}
