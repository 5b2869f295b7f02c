/** An authorizer as its forms have it. */
import { useState } from 'react'
import { toPairs, toRecord, type Pair } from '../../kit/pairs-editor.tsx'
import { useSession } from '../../kit/use-session.ts'
import { usePermissionCalls } from '../functions/function-permissions.ts'
import type { Authorizer } from './authorizer.ts'

export interface Values {
  functionArn: string
  /** Whether tokens are checked: it cannot be changed later. */
  isSigned: boolean
  tokenKeyName: string
  keys: readonly Pair[]
  isCaching: boolean
}

export const newValues: Values = {
  functionArn: '',
  isSigned: true,
  tokenKeyName: '',
  keys: [{ name: '', value: '' }],
  isCaching: false,
}

export const toValues = (authorizer: Authorizer): Values => ({
  functionArn: authorizer.authorizerFunctionArn,
  isSigned: !authorizer.signingDisabled,
  tokenKeyName: authorizer.tokenKeyName ?? '',
  keys: toPairs(authorizer.tokenSigningPublicKeys),
  isCaching: authorizer.enableCachingForHttp,
})

/** The values, the input of a call, and the calls that let AWS IoT invoke the function for the authorizer. */
export function useValues(authorizerName: string, before: Values) {
  const [values, setValues] = useState(before)
  const { functionArn, isSigned, tokenKeyName, keys, isCaching } = values
  const { region, accountId } = useSession() ?? {}
  const arn = `arn:aws:iot:${region}:${accountId}:authorizer/${authorizerName}`
  return {
    values,
    change: (changed: Partial<Values>) => setValues({ ...values, ...changed }),
    input: {
      authorizerName,
      authorizerFunctionArn: functionArn,
      ...(isSigned && {
        ...(tokenKeyName !== '' && { tokenKeyName }),
        tokenSigningPublicKeys: toRecord(keys),
      }),
      ...(isCaching !== before.isCaching && { enableCachingForHttp: isCaching }),
    },
    permissions: usePermissionCalls(functionArn === '' ? [] : [functionArn], arn),
  }
}
