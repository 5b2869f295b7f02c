import { NameButton } from '../../kit/name-button.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { iot, linked, markers, policyNamesIn, valueOf, type Row } from '../resources/list.tsx'

export const listAttachedPolicies = (target: string) => iot('ListAttachedPolicies', { target, pageSize: 250 })

/** The policies of a certificate or of a thing group, by its ARN. */
export function AttachedPolicies({ target }: { target: string }) {
  return (
    <RelatedTable<Row>
      title="Policies"
      call={listAttachedPolicies(target)}
      paging={markers}
      itemsOf={(output) => (output['policies'] ?? []) as Row[]}
      idOf={(row) => valueOf(row, 'policyName')}
      columns={[{ header: 'Name', cell: linked('policyName', '/policies') }]}
      actions={
        <NameButton
          label="Attach policies"
          needs={iot('AttachPolicy')}
          title="Attach a policy"
          submitLabel="Attach policy"
          field="Policy"
          list={iot('ListPolicies', { pageSize: 250 })}
          namesOf={policyNamesIn}
          callsOf={(policyName) => iot('AttachPolicy', { policyName, target })}
        />
      }
      actionsOf={(row) => [
        {
          label: 'Detach',
          question: 'What only this policy allows is denied from then on, to those that are connected too.',
          operation: iot('DetachPolicy', { policyName: valueOf(row, 'policyName'), target }),
        },
      ]}
    />
  )
}
