/** Device certificates over the AWS API. */
import type * as Iot from '@aws-sdk/client-iot'
import { AwsError, iotError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import { commitChanges, commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { Db, Store } from '../../store/index.ts'
import { validating } from './ca-certificate.ts'
import { checkTransition } from './certificate-states.ts'
import { describeCertificate } from './certificate-description.ts'
import { workOnCertificate, type DeviceCertificate } from './certificate.ts'
import { checkDeviceCertificate } from './device-certificate.ts'
import { getIssuer } from './issuer-lookup.ts'
import type { Issuer } from './issuer.ts'
import { listCertificates } from './list-store.ts'
import { checkNotExpired } from './proof.ts'
import { activateCertificate } from './status-store.ts'
import {
  alreadyExists,
  deleteCertificate,
  findCertificate,
  getOwnOrOffered,
  registerCertificate,
  type Registration,
} from './store.ts'

/** How many policies and things are attached to the certificate. */
export type CountAttachments = (
  db: Db,
  accountId: string,
  certificateArn: string,
) => Promise<{ policies: number; things: number }>

interface CertificatesDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  issuer: Issuer
  now: () => Date
  attachmentsOf: CountAttachments
  detachPolicies: (db: Db, accountId: string, certificateArn: string) => Promise<void>
}

type Found = Pick<Registration, 'status' | 'ca' | 'certificateMode'>

export function certificatesOperations(deps: CertificatesDeps) {
  const { store, fabric, issuer, now, attachmentsOf, detachPolicies } = deps
  const commit = commitsOf({ store, fabric }, 'certificate')

  const register = async (
    { accountId, region }: CallContext,
    certificate: ParsedCertificate,
    find: (db: Db) => Promise<Found>,
  ) => {
    const registered = await commitChanges(
      { store, fabric },
      ({ certificateId: id }) => [{ accountId, kind: 'certificate', id }],
      async (db: Db) =>
        registerCertificate(db, { ...(await find(db)), certificate, accountId, region, now: now() }),
      [workOnCertificate(accountId, certificate.certificateId)],
    )
    return identify(registered)
  }

  /** That it exists is told before what is wrong with it: who registers again has nothing to mend. */
  async function registerGiven(
    pem: string,
    context: CallContext,
    find: (db: Db, certificate: ParsedCertificate) => Promise<Found>,
  ) {
    const certificate = validating('the certificate', () => parseCertificate(pem))
    try {
      validating('the certificate', () => {
        checkDeviceCertificate(certificate)
        checkNotExpired(certificate, now()) // assumed: one that is not valid yet may be registered ahead
      })
      return await register(context, certificate, (db) => find(db, certificate))
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause
      if (!(await findCertificate(store.read, context.accountId, certificate.certificateId))) throw cause
      throw alreadyExists(context, certificate.certificateId)
    }
  }

  return {
    RegisterCertificate({ certificatePem, caCertificatePem, status, setAsActive }, context) {
      return registerGiven(certificatePem, context, async (db, certificate) => ({
        status: status ?? (setAsActive ? 'ACTIVE' : 'INACTIVE'),
        ca: await getIssuer(db, context.accountId, certificate, caCertificatePem),
      }))
    },

    RegisterCertificateWithoutCA({ certificatePem, status = 'INACTIVE' }, context) {
      return registerGiven(certificatePem, context, async () => ({ status }))
    },

    async CreateKeysAndCertificate({ setAsActive = false }, context) {
      const { certificate, privateKeyPem, publicKeyPem } = await issuer.issueKeys(now())
      const identity = await register(context, certificate, async () => asIssued(setAsActive))
      const keyPair = { PublicKey: publicKeyPem, PrivateKey: privateKeyPem }
      return { ...identity, certificatePem: certificate.pem, keyPair }
    },

    async CreateCertificateFromCsr({ certificateSigningRequest, setAsActive = false }, context) {
      const certificate = await issuer.issueFromCsr(certificateSigningRequest, now())
      const identity = await register(context, certificate, async () => asIssued(setAsActive))
      return { ...identity, certificatePem: certificate.pem }
    },

    async DescribeCertificate({ certificateId }, { accountId }) {
      const certificate = await getOwnOrOffered(store.read, accountId, certificateId)
      return { certificateDescription: describeCertificate(certificate, accountId) }
    },

    ListCertificates: (input, { accountId }) => listCertificates(store.read, accountId, input),

    ListCertificatesByCA: (input, { accountId }) => listCertificates(store.read, accountId, input),

    async UpdateCertificate({ certificateId, newStatus: status }, { accountId }) {
      const change = { accountId, certificateId, status, now: now() }
      const apart = [workOnCertificate(accountId, certificateId)]
      await commit(accountId, certificateId, (db) => activateCertificate(db, change), apart)
    },

    async DeleteCertificate({ certificateId, forceDelete = false }, { accountId }) {
      await commit(accountId, certificateId, async (db) => {
        const certificate = await getOwnOrOffered(db, accountId, certificateId)
        const { status, certificateArn } = certificate
        checkTransition(status, 'none')
        checkDetached(await attachmentsOf(db, accountId, certificateArn), forceDelete)
        await detachPolicies(db, accountId, certificateArn)
        await deleteCertificate(db, certificate)
      })
    },
  } satisfies Partial<Operations<typeof Iot>>
}

// assumed: a certificate that the service issues itself is in mode DEFAULT
const asIssued = (setAsActive: boolean) => ({
  status: setAsActive ? ('ACTIVE' as const) : ('INACTIVE' as const),
  certificateMode: 'DEFAULT' as const,
})

function checkDetached({ policies, things }: { policies: number; things: number }, isForced: boolean): void {
  if (things > 0)
    throw iotError(
      'DeleteConflictException',
      `${things} things are attached to the certificate; detach them first`,
    )
  if (policies > 0 && !isForced)
    throw iotError(
      'DeleteConflictException',
      `${policies} policies are attached to the certificate; detach them first, or set forceDelete`,
    )
}

const identify = ({ certificateArn, certificateId }: DeviceCertificate) => ({ certificateArn, certificateId })
