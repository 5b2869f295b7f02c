import { NameForm } from '../../kit/name-form.tsx'
import { groupNamesIn, iot } from '../resources/list.tsx'

export function AddToGroup({ names, onClose }: { names: readonly string[]; onClose: () => void }) {
  return (
    <NameForm
      title="Add to a thing group"
      submitLabel="Add to group"
      label="Thing group"
      list={iot('ListThingGroups', { maxResults: 250 })}
      namesOf={groupNamesIn}
      callsOf={(thingGroupName) =>
        names.map((thingName) => iot('AddThingToThingGroup', { thingName, thingGroupName }))
      }
      onClose={onClose}
    />
  )
}
