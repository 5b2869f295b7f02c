import { ActionButton } from '../../kit/action-button.tsx'
import { NameForm } from '../../kit/name-form.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { iot, thingNamesIn, tokens } from '../resources/list.tsx'

export const listPrincipalThings = (principal: string) =>
  iot('ListPrincipalThings', { principal, maxResults: 250 })

/** The things of a certificate. */
export function AttachedThings({ principal }: { principal: string }) {
  return (
    <RelatedTable<string>
      title="Things"
      call={listPrincipalThings(principal)}
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
          label="Attach to things"
          needs={iot('AttachThingPrincipal')}
          form={(close) => (
            <NameForm
              title="Attach to a thing"
              submitLabel="Attach to thing"
              label="Thing"
              list={iot('ListThings', { maxResults: 250 })}
              namesOf={thingNamesIn}
              callsOf={(thingName) => iot('AttachThingPrincipal', { thingName, principal })}
              onClose={close}
            />
          )}
        />
      }
      actionsOf={(thingName) => [
        {
          label: 'Detach',
          question: "Policies that ask for the thing's name or attributes no longer find them.",
          operation: iot('DetachThingPrincipal', { thingName, principal }),
        },
      ]}
    />
  )
}
