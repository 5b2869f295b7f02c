/** The shadows of a thing: the classic one, and those with a name. */
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { tokens } from '../resources/list.tsx'
import Button from '@cloudscape-design/components/button'
import { Shadow } from './shadow.tsx'
import { ShadowForm } from './shadow-form.tsx'
import { data, named } from './shadow-calls.ts'

/** The classic shadow has no name. */
const classic = ''
const labelOf = (name: string) => (name === classic ? 'Classic Shadow' : name)

export function Shadows({ thingName }: { thingName: string }) {
  const [shadowName, setShadowName] = useState(classic)
  return (
    <SpaceBetween size="l">
      <RelatedTable<string>
        title="Device Shadows"
        call={data('ListNamedShadowsForThing', { thingName, pageSize: 100 })}
        paging={tokens}
        itemsOf={(output) => [classic, ...((output['results'] ?? []) as string[])]}
        idOf={labelOf}
        columns={[
          {
            header: 'Name',
            cell: (name) => (
              <Button variant="inline-link" onClick={() => setShadowName(name)}>
                {shown(labelOf(name))}
              </Button>
            ),
          },
        ]}
        actions={
          <ActionButton
            label="Create Shadow"
            needs={data('UpdateThingShadow', {})}
            form={(close) => <ShadowForm thingName={thingName} onClose={close} />}
          />
        }
        actionsOf={(name) => [
          {
            label: 'Delete',
            question: 'Its states are gone. Its version goes on from where it was.',
            typed: 'delete',
            operation: data('DeleteThingShadow', named(thingName, name)),
          },
        ]}
      />
      <Shadow key={shadowName} thingName={thingName} shadowName={shadowName} />
    </SpaceBetween>
  )
}
