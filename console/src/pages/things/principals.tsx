import { ActionButton } from '../../kit/action-button.tsx'
import { NameForm } from '../../kit/name-form.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { iot, tokens } from '../resources/list.tsx'

const idOf = (arn: string) => arn.split('/').at(-1) ?? ''
const arnsIn = (output: Record<string, unknown>) =>
  ((output['certificates'] ?? []) as { certificateArn: string }[]).map(({ certificateArn }) => certificateArn)

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
        <ActionButton
          label="Attach certificate"
          needs={iot('AttachThingPrincipal')}
          form={(close) => (
            <NameForm
              title="Attach a certificate"
              submitLabel="Attach certificate"
              label="Certificate ARN"
              list={iot('ListCertificates', { pageSize: 250 })}
              namesOf={arnsIn}
              callsOf={(principal) => iot('AttachThingPrincipal', { thingName, principal })}
              onClose={close}
            />
          )}
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
