import { PageLink } from '../../kit/page-link.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { iamMarkers } from '../resources/list.tsx'
import { iam, onIdentity, type Identity } from './iam.ts'

const lists = [
  { member: 'PolicyUsers', kind: 'User', base: '/iam/users' },
  { member: 'PolicyGroups', kind: 'Group', base: '/iam/groups' },
  { member: 'PolicyRoles', kind: 'Role', base: '/iam/roles' },
] as const

type Entity = Identity & { base: string }

function entitiesIn(output: Record<string, unknown>): Entity[] {
  return lists.flatMap(({ member, kind, base }) =>
    ((output[member] ?? []) as Record<string, string>[]).map((entity) => ({
      kind,
      base,
      name: entity[`${kind}Name`] ?? '',
    })),
  )
}

/** Who has the policy. */
export function PolicyEntities({ policyArn: PolicyArn }: { policyArn: string }) {
  return (
    <RelatedTable<Entity>
      title="Entities attached"
      call={iam('ListEntitiesForPolicy', { PolicyArn })}
      paging={iamMarkers}
      itemsOf={entitiesIn}
      idOf={({ kind, name }) => `${kind} ${name}`}
      columns={[
        {
          header: 'Entity name',
          cell: ({ base, name }) => (
            <PageLink href={`${base}/${encodeURIComponent(name)}`}>{shown(name)}</PageLink>
          ),
        },
        { header: 'Entity type', cell: ({ kind }) => kind },
      ]}
      actionsOf={(entity) => [
        {
          label: 'Detach',
          question: `What only this policy allows ${entity.name} is denied from then on.`,
          operation: onIdentity(entity, ['Detach', 'Policy'], { PolicyArn }),
        },
      ]}
    />
  )
}
