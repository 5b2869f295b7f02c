/**
 * Addresses from which the code of a function can be had without a signature, for ten minutes, as AWS gives them out.
 * Source: Lambda API Reference, "GetFunction": "A presigned URL that you can use to download the deployment package."
 */
import { createExpiringLinks } from '../../lib/expiring-links.ts'
import { lambdaError } from '../registry/lambda-error.ts'
import type { CodeStore } from './code-store.ts'

export const codePath = '/functions/code/'

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

export function createCodeLinks({ code, now }: CodeLinksDeps): CodeLinks {
  const links = createExpiringLinks(now)
  return {
    create: (accountId, codeId) => codePath + links.create(accountId, codeId),
    async read(token) {
      const read = links.read(token)
      if ('fault' in read)
        throw lambdaError('AccessDeniedException', `${read.fault}; ask GetFunction for another`)
      const [accountId = '', codeId = ''] = read.parts
      const archive = await code.read(accountId, codeId)
      if (!archive) throw lambdaError('ResourceNotFoundException', 'this code of the function was deleted')
      return archive
    },
  }
}
