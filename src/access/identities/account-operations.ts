/** What holds for all users of an account: its alias, its password policy. */
import type * as Iam from '@aws-sdk/client-iam'
import { iamError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { rootCaller } from './credentials/callers.ts'
import { findAlias, findPasswordPolicy, setAlias, setPasswordPolicy } from './people/account-store.ts'
import { policyDefaults } from './people/password-policy.ts'

export function accountOperations(deps: IdentitiesDeps) {
  const { store } = deps
  return {
    async CreateAccountAlias({ AccountAlias }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        await setAlias(db, accountId, AccountAlias)
        return { arn: rootCaller(accountId).arn, output: undefined }
      })
    },

    async DeleteAccountAlias({ AccountAlias }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        if ((await findAlias(db, accountId)) !== AccountAlias)
          throw iamError('NoSuchEntityException', `The Account Alias ${AccountAlias} cannot be found.`)
        await setAlias(db, accountId, undefined)
        return { arn: rootCaller(accountId).arn, output: undefined }
      })
    },

    async ListAccountAliases(_input, { accountId }) {
      const alias = await findAlias(store.read, accountId)
      return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false }
    },

    async UpdateAccountPasswordPolicy(input, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const given = Object.entries(input).filter(([, value]) => value !== undefined)
        await setPasswordPolicy(db, accountId, { ...policyDefaults, ...Object.fromEntries(given) })
        return { arn: rootCaller(accountId).arn, output: undefined }
      })
    },

    async GetAccountPasswordPolicy(_input, { accountId }) {
      const policy = await findPasswordPolicy(store.read, accountId)
      if (!policy) throw noPolicy(accountId)
      return { PasswordPolicy: { ...policy, ExpirePasswords: policy.MaxPasswordAge !== undefined } }
    },

    async DeleteAccountPasswordPolicy(_input, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        if (!(await findPasswordPolicy(db, accountId))) throw noPolicy(accountId)
        await setPasswordPolicy(db, accountId, undefined)
        return { arn: rootCaller(accountId).arn, output: undefined }
      })
    },
  } satisfies Partial<Operations<typeof Iam>>
}

const noPolicy = (accountId: string) =>
  iamError('NoSuchEntityException', `The Password Policy with domain name ${accountId} cannot be found.`)
