import { ApiError, type OperationCall } from '../../api/call.ts'
import type { Action } from '../../kit/action.ts'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'

/** What DescribeAuthorizer tells. */
export interface Authorizer {
  authorizerName: string
  authorizerArn: string
  authorizerFunctionArn: string
  tokenKeyName?: string
  /** PEM by name. */
  tokenSigningPublicKeys?: Record<string, string>
  status: 'ACTIVE' | 'INACTIVE'
  signingDisabled: boolean
  enableCachingForHttp: boolean
  creationDate?: number
  lastModifiedDate?: number
}

export const describeAuthorizer = (authorizerName: string): OperationCall =>
  iot('DescribeAuthorizer', { authorizerName })

export const describeDefault = iot('DescribeDefaultAuthorizer')

/** Empty where there is none; `undefined` while it is not known. */
export function useDefaultName(): string | undefined {
  const { data, error } = useCall<{ authorizerDescription: Authorizer }>(describeDefault)
  const isNone = error instanceof ApiError && error.code.startsWith('ResourceNotFound')
  return isNone ? '' : data?.authorizerDescription.authorizerName
}

interface Known {
  status?: Authorizer['status']
  isDefault?: boolean | undefined
}

/** What can be done to authorizers, from their list, where little is known of them, and from the page of one. */
export function authorizerActions(
  names: readonly string[],
  known: Known = {},
  onDeleted?: () => void,
): Action[] {
  return [
    ...statusActions(names, known),
    ...defaultActions(names, known),
    {
      label: 'Delete',
      question: 'Clients that name it do not get in any more.',
      typed: 'delete',
      operation: names.map((authorizerName) => iot('DeleteAuthorizer', { authorizerName })),
      disabledReason: whyNotDelete(known),
      onDone: onDeleted,
    },
  ]
}

function whyNotDelete({ status, isDefault }: Known): string | undefined {
  if (isDefault === true) return 'Clear the default first'
  return status === 'ACTIVE' ? 'Deactivate it first' : undefined
}

function statusActions(names: readonly string[], { status }: Known): Action[] {
  const update = (to: string) =>
    names.map((authorizerName) => iot('UpdateAuthorizer', { authorizerName, status: to }))
  return [
    {
      label: 'Activate',
      question: 'Clients that name it, or whose default it is, are let in as its function says.',
      operation: update('ACTIVE'),
      disabledReason: status === 'ACTIVE' ? 'It is ACTIVE' : undefined,
    },
    {
      label: 'Deactivate',
      question: 'Clients that came by it are disconnected at once, and none gets in by it.',
      operation: update('INACTIVE'),
      disabledReason: status === 'INACTIVE' ? 'It is INACTIVE' : undefined,
    },
  ]
}

/** An account has one default. */
function defaultActions(names: readonly string[], { isDefault }: Known): Action[] {
  const [authorizerName = ''] = names
  const several = names.length > 1 ? 'Select one alone' : undefined
  return [
    {
      label: 'Set as default',
      question: 'Clients without a certificate that name no authorizer get this one.',
      operation: iot('SetDefaultAuthorizer', { authorizerName }),
      disabledReason: isDefault === true ? 'It is the default' : several,
    },
    {
      label: 'Clear default',
      question: 'Clients without a certificate that name no authorizer are refused.',
      operation: iot('ClearDefaultAuthorizer'),
      disabledReason: isDefault === false ? 'It is not the default' : undefined,
    },
  ]
}
