/** What an account has from the start, so that somebody can act in it. */
import { iamArn } from '../../lib/arn.ts'
import type { Db, SecretBox } from '../../store/index.ts'
import { createAccessKey, type AccessKeyWithSecret } from './credentials/access-key-store.ts'
import { attachPolicy } from './documents/attached-policy-store.ts'
import { createIdentity } from './entities/identity-store.ts'

const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess'

interface AccessRole {
  accountId: string
  roleName: string
  /** The account whose callers may assume it, if their own policies say so. */
  trustedAccountId: string
  now: Date
}

/** A role that may do everything. Source: AWS Organizations User Guide, "OrganizationAccountAccessRole". */
export async function createAccessRole(db: Db, role: AccessRole): Promise<void> {
  const { accountId, roleName: name, trustedAccountId, now } = role
  const principal = { AWS: iamArn(trustedAccountId, 'root') }
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  }
  const trustPolicy = JSON.stringify(trust)
  const created = await createIdentity(db, { accountId, kind: 'role', name, path: '/', trustPolicy, now })
  await attachPolicy(db, created, administrator)
}

/** Of the account's root. The secret is shown to whoever asked, and never again. */
export function createRootKey(
  db: Db,
  accountId: string,
  parts: { secrets: SecretBox; now: Date },
): Promise<AccessKeyWithSecret> {
  return createAccessKey(db, { accountId, userId: undefined }, parts)
}
