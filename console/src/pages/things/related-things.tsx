import type { ReactNode } from 'react'
import type { OperationCall } from '../../api/call.ts'
import type { Action } from '../../kit/action.ts'
import { NameButton } from '../../kit/name-button.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { iot, thingNamesIn, tokens } from '../resources/list.tsx'

interface RelatedThingsProps {
  /** Answers with names, `things`. */
  list: OperationCall
  /** Brings in one more. */
  add: { label: string; title: string; submitLabel: string; callsOf: (thingName: string) => OperationCall }
  actionsOf: (thingName: string) => readonly Action[]
}

/** The things that belong to another resource. */
export function RelatedThings({ list, add, actionsOf }: RelatedThingsProps): ReactNode {
  return (
    <RelatedTable<string>
      title="Things"
      call={list}
      paging={tokens}
      itemsOf={(output) => (output['things'] ?? []) as string[]}
      idOf={(thingName) => thingName}
      columns={[
        {
          header: 'Name',
          cell: (thingName) => (
            <PageLink href={`/things/${encodeURIComponent(thingName)}`}>{shown(thingName)}</PageLink>
          ),
        },
      ]}
      actions={
        <NameButton
          {...add}
          needs={add.callsOf('')}
          field="Thing"
          list={iot('ListThings', { maxResults: 250 })}
          namesOf={thingNamesIn}
        />
      }
      actionsOf={actionsOf}
    />
  )
}
