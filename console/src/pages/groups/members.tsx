import type { OperationCall } from '../../api/call.ts'
import { ActionButton } from '../../kit/action-button.tsx'
import { NameForm } from '../../kit/name-form.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { iot, thingNamesIn, tokens } from '../resources/list.tsx'

interface MembersProps {
  list: OperationCall
  add: (thingName: string) => OperationCall
  remove: (thingName: string) => OperationCall
}

/** The things in a group of either kind. */
export function Members({ list, add, remove }: MembersProps) {
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
        <ActionButton
          label="Add thing"
          needs={add('')}
          form={(close) => (
            <NameForm
              title="Add a thing"
              submitLabel="Add thing"
              label="Thing"
              list={iot('ListThings', { maxResults: 250 })}
              namesOf={thingNamesIn}
              callsOf={add}
              onClose={close}
            />
          )}
        />
      }
      actionsOf={(thingName) => [
        { label: 'Remove', question: 'The thing itself stays.', operation: remove(thingName) },
      ]}
    />
  )
}
