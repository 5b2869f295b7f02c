import type { CallContext } from '../../src/api/aws/operations.ts'

/** A call by the account's root, to whom everything is allowed. */
export function rootContext(accountId: string): CallContext {
  return {
    caller: { accountId, kind: 'root', arn: `arn:aws:iam::${accountId}:root`, userId: accountId },
    accountId,
    region: 'us-east-1',
    requestId: 'request-1',
    sourceIp: '127.0.0.1',
    authorize: async () => {},
  }
}
