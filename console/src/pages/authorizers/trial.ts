/** What a client would bring, as the form has it and as TestInvokeAuthorizer takes it. */
import type { OperationCall } from '../../api/operation-call.ts'
import { toBase64 } from '../../kit/base64.ts'
import { toRecord, type Pair } from '../../kit/pairs-editor.tsx'
import { iot } from '../resources/list.tsx'

export interface Trial {
  token: string
  tokenSignature: string
  username: string
  password: string
  clientId: string
  headers: readonly Pair[]
  queryString: string
  serverName: string
}

export const emptyTrial: Trial = {
  token: '',
  tokenSignature: '',
  username: '',
  password: '',
  clientId: '',
  headers: [],
  queryString: '',
  serverName: '',
}

/** What TestInvokeAuthorizer answers. */
export interface TrialAnswer {
  isAuthenticated?: boolean
  principalId?: string
  policyDocuments?: string[]
  refreshAfterInSeconds?: number
  disconnectAfterInSeconds?: number
}

const given = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))

/** What holds nothing is left out, as of a client that does not come that way. */
export function toTestCall(authorizerName: string, trial: Trial): OperationCall {
  const { token, tokenSignature, username, password, clientId, headers, queryString, serverName } = trial
  const named = toRecord(headers)
  const mqttContext = {
    ...given({ username, clientId }),
    ...(password !== '' && { password: toBase64(password) }),
  }
  const httpContext = { ...(Object.keys(named).length > 0 && { headers: named }), ...given({ queryString }) }
  const contexts = { mqttContext, httpContext, tlsContext: given({ serverName }) }
  return iot('TestInvokeAuthorizer', {
    authorizerName,
    ...given({ token, tokenSignature }),
    ...Object.fromEntries(Object.entries(contexts).filter(([, context]) => Object.keys(context).length > 0)),
  })
}
