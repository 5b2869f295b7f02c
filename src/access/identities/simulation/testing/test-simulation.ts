/** Whom and what simulations are about, for the tests of this folder. */
import { expect } from 'vitest'
import { accountId, allow, policy } from '../../testing/test-account.ts'

export const refused = (code: string, message: string | RegExp = '') =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string })
export const userArn = `arn:aws:iam::${accountId}:user/ann`
export const roleArn = `arn:aws:iam::${accountId}:role/lamps`
export const thing = (name: string) => `arn:aws:iot:us-east-1:${accountId}:thing/${name}`
export const statement = (id: string, start_ = expect.anything(), end = expect.anything()) => ({
  SourcePolicyId: id,
  SourcePolicyType: 'IAM Policy',
  StartPosition: start_,
  EndPosition: end,
})
export const readThings = policy(allow('iot:DescribeThing'))
