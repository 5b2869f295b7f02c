/**
 * Addresses from which the code of a function can be had without a signature, for ten minutes, as AWS gives them out.
 * Source: Lambda API Reference, "GetFunction": "A presigned URL that you can use to download the deployment package."
 */
import { createHmac, randomBytes } from 'node:crypto'
import { constantEquals } from '../../lib/constant-equals.ts'
import { lambdaError } from '../registry/lambda-error.ts'
import type { CodeStore } from './code-store.ts'

export const codePath = '/functions/code/'
const validMs = 10 * 60_000

export interface CodeLinks {
  /** The path of an address, from the root of the API port; whoever knows it has the code. */
  create: (accountId: string, codeId: string) => string
  /**
   * The deployment package, by what follows `codePath`.
   * @throws {AwsError} `AccessDeniedException` when it was not given out or is too old; `ResourceNotFoundException`
   */
  read: (token: string) => Promise<Uint8Array>
}

interface CodeLinksDeps {
  code: Pick<CodeStore, 'read'>
  now: () => Date
}

/** Links of a server before its restart are worth nothing. */
export function createCodeLinks({ code, now }: CodeLinksDeps): CodeLinks {
  const secret = randomBytes(32)
  const sign = (text: string) => createHmac('sha256', secret).update(text).digest('base64url')
  return {
    create(accountId, codeId) {
      const claim = `${accountId}/${codeId}/${now().getTime() + validMs}`
      return `${codePath}${claim}/${sign(claim)}`
    },
    async read(token) {
      const [accountId = '', codeId = '', expires = '', signature = ''] = token.split('/')
      const isOurs = constantEquals(signature, sign(`${accountId}/${codeId}/${expires}`))
      if (!isOurs || token.split('/').length !== 4)
        throw lambdaError(
          'AccessDeniedException',
          'this address was not given out by this server since its start',
        )
      if (now().getTime() > Number(expires))
        throw lambdaError(
          'AccessDeniedException',
          'this address is valid for ten minutes; ask GetFunction for another',
        )
      const archive = await code.read(accountId, codeId)
      if (!archive) throw lambdaError('ResourceNotFoundException', 'this code of the function was deleted')
      return archive
    },
  }
}
