import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { NameButton } from '../../kit/name-button.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useCall } from '../../kit/use-call.ts'
import { iamMarkers, linked, namesOf, valueOf, type Row } from '../resources/list.tsx'
import { DeleteIdentity } from './delete-identity.tsx'
import { iam } from './iam.ts'
import { Permissions } from './permissions.tsx'

interface Answer {
  Group: { GroupName: string; Arn: string; CreateDate: number }
  Users?: { UserName: string }[]
}

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const get = iam('GetGroup', { GroupName: id })
  const got = useCall<Answer>(get)
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const { Group, Users = [] } = got.data
  const identity = { kind: 'Group', name: Group.GroupName } as const
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <DeleteIdentity
            identity={identity}
            before={Users.map(({ UserName }) => iam('RemoveUserFromGroup', { GroupName: id, UserName }))}
            onDone={() => router.history.push('/console/iam/groups')}
          />
        }
      >
        {shown(Group.GroupName)}
      </Header>
      <Details
        title="Summary"
        facts={{ ARN: <Copyable text={Group.Arn} what="the ARN" />, Created: showTime(Group.CreateDate) }}
      />
      <UrlTabs
        tabs={[
          { id: 'users', label: 'Users', content: <Members groupName={id} /> },
          { id: 'permissions', label: 'Permissions', content: <Permissions identity={identity} /> },
        ]}
      />
      <CliEquivalent calls={[get]} />
    </SpaceBetween>
  )
}

function Members({ groupName: GroupName }: { groupName: string }) {
  return (
    <RelatedTable<Row>
      title="Users in this group"
      call={iam('GetGroup', { GroupName })}
      paging={iamMarkers}
      itemsOf={(output) => (output['Users'] ?? []) as Row[]}
      idOf={(row) => valueOf(row, 'UserName')}
      columns={[{ header: 'User name', cell: linked('UserName', '/iam/users') }]}
      actions={
        <NameButton
          label="Add users"
          needs={iam('AddUserToGroup')}
          title={`Add users to ${GroupName}`}
          submitLabel="Add users"
          field="User name"
          list={iam('ListUsers', { MaxItems: 200 })}
          namesOf={(output) => namesOf((output['Users'] ?? []) as Row[], 'UserName')}
          callsOf={(UserName) => iam('AddUserToGroup', { GroupName, UserName })}
        />
      }
      actionsOf={(row) => [
        {
          label: 'Remove',
          question: 'What only this group allows the user is denied from then on.',
          operation: iam('RemoveUserFromGroup', { GroupName, UserName: valueOf(row, 'UserName') }),
        },
      ]}
    />
  )
}
