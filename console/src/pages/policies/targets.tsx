import { NameButton } from '../../kit/name-button.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { certificateArnsIn, iot, markers } from '../resources/list.tsx'

const pages: Record<string, string> = { cert: '/certificates', thinggroup: '/thing-groups' }

/** The page of a certificate or a thing group, by its ARN. */
function Target({ arn }: { arn: string }) {
  const [kind = '', ...rest] = arn.split(':').slice(5).join(':').split('/')
  const page = pages[kind]
  if (page === undefined) return shown(arn)
  return <PageLink href={`${page}/${encodeURIComponent(rest.join('/'))}`}>{shown(arn)}</PageLink>
}

/** What the policy is attached to. */
export function Targets({ policyName }: { policyName: string }) {
  return (
    <RelatedTable<string>
      title="Targets"
      call={iot('ListTargetsForPolicy', { policyName, pageSize: 100 })}
      paging={markers}
      itemsOf={(output) => (output['targets'] ?? []) as string[]}
      idOf={(arn) => arn}
      columns={[{ header: 'ARN', cell: (arn) => <Target arn={arn} /> }]}
      actions={
        <NameButton
          label="Attach to targets"
          needs={iot('AttachPolicy')}
          title="Attach to a target"
          submitLabel="Attach"
          field="ARN of a certificate or a thing group"
          list={iot('ListCertificates', { pageSize: 250 })}
          namesOf={certificateArnsIn}
          callsOf={(target) => iot('AttachPolicy', { policyName, target })}
        />
      }
      actionsOf={(target) => [
        {
          label: 'Detach',
          question: 'What only this policy allows is denied from then on, to those that are connected too.',
          operation: iot('DetachPolicy', { policyName, target }),
        },
      ]}
    />
  )
}
