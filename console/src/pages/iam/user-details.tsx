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
import { AccessKeys } from './access-keys.tsx'
import { ConsoleAccess } from './console-access.tsx'
import { DeleteIdentity } from './delete-identity.tsx'
import { iam } from './iam.ts'
import { MfaDevices } from './mfa-devices.tsx'
import { Permissions } from './permissions.tsx'

interface User {
  UserName: string
  Arn: string
  CreateDate: number
}

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const get = iam('GetUser', { UserName: id })
  const got = useCall<{ User: User }>(get)
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const { UserName, Arn, CreateDate } = got.data.User
  const identity = { kind: 'User', name: UserName } as const
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<DeleteUser userName={UserName} />}>
        {shown(UserName)}
      </Header>
      <Details
        title="Summary"
        facts={{ ARN: <Copyable text={Arn} what="the ARN" />, Created: showTime(CreateDate) }}
      />
      <UrlTabs
        tabs={[
          { id: 'permissions', label: 'Permissions', content: <Permissions identity={identity} /> },
          { id: 'groups', label: 'Groups', content: <Memberships userName={UserName} /> },
          {
            id: 'credentials',
            label: 'Security credentials',
            content: (
              <SpaceBetween size="l">
                <ConsoleAccess userName={UserName} />
                <MfaDevices userName={UserName} />
                <AccessKeys userName={UserName} />
              </SpaceBetween>
            ),
          },
        ]}
      />
      <CliEquivalent calls={[get]} />
    </SpaceBetween>
  )
}

function DeleteUser({ userName: UserName }: { userName: string }) {
  const router = useRouter()
  const keys = useCall<{ AccessKeyMetadata?: { AccessKeyId: string }[] }>(iam('ListAccessKeys', { UserName }))
  const groups = useCall<{ Groups?: { GroupName: string }[] }>(iam('ListGroupsForUser', { UserName }))
  const devices = useCall<{ MFADevices?: { SerialNumber: string }[] }>(iam('ListMFADevices', { UserName }))
  const profile = useCall(iam('GetLoginProfile', { UserName }))
  const isKnown = profile.data !== undefined || profile.error !== null
  const before = !isKnown
    ? undefined
    : keys.data &&
      groups.data &&
      devices.data && [
        ...(profile.data ? [iam('DeleteLoginProfile', { UserName })] : []),
        ...(devices.data.MFADevices ?? []).flatMap(({ SerialNumber }) => [
          iam('DeactivateMFADevice', { UserName, SerialNumber }),
          iam('DeleteVirtualMFADevice', { SerialNumber }),
        ]),
        ...(keys.data.AccessKeyMetadata ?? []).map(({ AccessKeyId }) =>
          iam('DeleteAccessKey', { UserName, AccessKeyId }),
        ),
        ...(groups.data.Groups ?? []).map(({ GroupName }) =>
          iam('RemoveUserFromGroup', { GroupName, UserName }),
        ),
      ]
  return (
    <DeleteIdentity
      identity={{ kind: 'User', name: UserName }}
      before={before}
      onDone={() => router.history.push('/console/iam/users')}
    />
  )
}

function Memberships({ userName: UserName }: { userName: string }) {
  return (
    <RelatedTable<Row>
      title="User groups membership"
      call={iam('ListGroupsForUser', { UserName })}
      paging={iamMarkers}
      itemsOf={(output) => (output['Groups'] ?? []) as Row[]}
      idOf={(row) => valueOf(row, 'GroupName')}
      columns={[{ header: 'Group name', cell: linked('GroupName', '/iam/groups') }]}
      actions={
        <NameButton
          label="Add user to groups"
          needs={iam('AddUserToGroup')}
          title={`Add ${UserName} to a group`}
          submitLabel="Add user to group"
          field="Group name"
          list={iam('ListGroups', { MaxItems: 200 })}
          namesOf={(output) => namesOf((output['Groups'] ?? []) as Row[], 'GroupName')}
          callsOf={(GroupName) => iam('AddUserToGroup', { GroupName, UserName })}
        />
      }
      actionsOf={(row) => [
        {
          label: 'Remove',
          question: 'What only this group allows the user is denied from then on.',
          operation: iam('RemoveUserFromGroup', { GroupName: valueOf(row, 'GroupName'), UserName }),
        },
      ]}
    />
  )
}
