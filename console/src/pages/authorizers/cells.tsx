/** What the list of authorizers shows of each beyond what ListAuthorizers answers. */
import { Status } from '../../kit/status.tsx'
import { useCall } from '../../kit/use-call.ts'
import { valueOf, type Row } from '../resources/list.tsx'
import { describeAuthorizer, useDefaultName, type Authorizer } from './authorizer.ts'

const nameIn = (row: Row) => valueOf(row, 'authorizerName')

function StatusCell({ name }: { name: string }) {
  const { data } = useCall<{ authorizerDescription: Authorizer }>(describeAuthorizer(name))
  return <Status value={data?.authorizerDescription.status} />
}

function DefaultCell({ name }: { name: string }) {
  return useDefaultName() === name ? 'Default' : '–'
}

export const authorizerStatus = (row: Row) => <StatusCell name={nameIn(row)} />
export const authorizerDefault = (row: Row) => <DefaultCell name={nameIn(row)} />
