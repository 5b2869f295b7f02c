/** Provisioning by trusted user: claims that last for minutes. Source: AWS IoT API Reference, "CreateProvisioningClaim". */
import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import type { RecordEntry } from '../../observability/journal/index.ts'
import { registerCertificate, type Issuer } from '../../pki/certificates/index.ts'
import type { Store } from '../../store/index.ts'
import { getProvisioningTemplate } from '../provisioning-templates/index.ts'

export interface ClaimsOperationsDeps {
  store: Store
  issuer: Pick<Issuer, 'issueKeys'>
  record: RecordEntry
  now: () => Date
}

const claimMs = 5 * 60_000

export function claimsOperations({ store, issuer, record, now }: ClaimsOperationsDeps) {
  return {
    async CreateProvisioningClaim({ templateName }, { accountId, region }) {
      const { type } = await getProvisioningTemplate(store.read, accountId, templateName)
      if (type !== 'FLEET_PROVISIONING')
        throw iotError(
          'InvalidRequestException',
          `provisioning template ${templateName} is of type ${type}; a claim needs one of type FLEET_PROVISIONING`,
        )
      const at = now()
      const ends = new Date(Math.floor((at.getTime() + claimMs) / 1000) * 1000) // certificates know seconds
      const { certificate, privateKeyPem, publicKeyPem } = await issuer.issueKeys(at, ends)
      const status = 'ACTIVE' as const
      const claim = { accountId, region, certificate, status, certificateMode: 'DEFAULT' as const }
      await store.transact((db) =>
        registerCertificate(db, { ...claim, claimTemplate: templateName, now: at }),
      )
      const { certificateId, pem: certificatePem } = certificate
      record({ accountId, code: 'claim-created', at, certificateId, details: { template: templateName } })
      return {
        certificateId,
        certificatePem,
        keyPair: { PublicKey: publicKeyPem, PrivateKey: privateKeyPem },
        expiration: ends,
      }
    },
  } satisfies Partial<Operations<typeof Iot>>
}
