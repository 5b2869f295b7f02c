/** A second account of the server, with certificates on their way between it and the first. */
import { RegisterCertificateWithoutCACommand, TransferCertificateCommand } from '@aws-sdk/client-iot'
import { openAccount, type AccountView } from '../helpers/accounts.ts'
import type { Account } from './account.ts'
import { certificatePem } from './documents.ts'

const others = new WeakMap<Account, Promise<AccountView>>()

/** The same one each time. */
export function otherAccount(account: Account): Promise<AccountView> {
  const known = others.get(account) ?? openAccount(account.server, 'other')
  others.set(account, known)
  return known
}

/** Resolves with the id of a certificate that the account `gives` to the other, or that the other gives to it. */
export async function startTransfer(account: Account, gives: boolean): Promise<string> {
  const other = await otherAccount(account)
  const { iot } = gives ? account.server : other
  const targetAwsAccount = gives ? other.endpoints.accountId : account.accountId
  const registration = { certificatePem: certificatePem(), status: 'INACTIVE' as const }
  const { certificateId } = await iot.send(new RegisterCertificateWithoutCACommand(registration))
  await iot.send(new TransferCertificateCommand({ certificateId, targetAwsAccount }))
  return certificateId ?? ''
}
