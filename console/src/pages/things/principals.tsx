import { NameButton } from '../../kit/name-button.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { certificateArnsIn, iot, tokens } from '../resources/list.tsx'

const idOf = (arn: string) => arn.split('/').at(-1) ?? ''
/** The certificates of a thing. */
export function Principals({ thingName }: { thingName: string }) {
  return (
    <RelatedTable<string>
      title="Certificates"
      call={iot('ListThingPrincipals', { thingName, maxResults: 250 })}
      paging={tokens}
      itemsOf={(output) => (output['principals'] ?? []) as string[]}
      idOf={idOf}
      columns={[
        {
          header: 'Certificate ID',
          cell: (arn) => <PageLink href={`/certificates/${idOf(arn)}`}>{idOf(arn)}</PageLink>,
        },
      ]}
      actions={
        <NameButton
          label="Attach certificate"
          needs={iot('AttachThingPrincipal')}
          title="Attach a certificate"
          submitLabel="Attach certificate"
          field="Certificate ARN"
          list={iot('ListCertificates', { pageSize: 250 })}
          namesOf={certificateArnsIn}
          callsOf={(principal) => iot('AttachThingPrincipal', { thingName, principal })}
        />
      }
      actionsOf={(principal) => [
        {
          label: 'Detach',
          question: "Policies that ask for the thing's name or attributes no longer find them.",
          operation: iot('DetachThingPrincipal', { thingName, principal }),
        },
      ]}
    />
  )
}
