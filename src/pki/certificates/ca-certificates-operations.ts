/** CA certificates and the registration code over the AWS API. */
import type * as Iot from '@aws-sdk/client-iot'
import type { CertificateMode, RegistrationConfig } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { Db, Store } from '../../store/index.ts'
import { setTags } from '../../registry/tags/index.ts'
import {
  checkProofOfPossession,
  checkRegistrationConfig,
  parseCaCertificate,
  validating,
  type CaCertificate,
} from './ca-certificate.ts'
import {
  checkNotRegistered,
  deleteCaCertificate,
  getCaCertificate,
  registerCaCertificate,
  updateCaCertificate,
} from './ca-store.ts'
import { listCaCertificates } from './list-store.ts'
import {
  deleteRegistrationCode,
  ensureRegistrationCode,
  findRegistrationCode,
} from './registration-code-store.ts'

interface CaCertificatesDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
  /**
   * Refuses a configuration that could never provision a device.
   * @throws {AwsError} `InvalidRequestException` or `ResourceNotFoundException` naming the place
   */
  lintRegistrationConfig: (config: RegistrationConfig, context: CallContext) => Promise<void>
}

export function caCertificatesOperations(deps: CaCertificatesDeps) {
  const { store, fabric, now, lintRegistrationConfig } = deps
  const commit = commitsOf({ store, fabric }, 'ca-certificate')

  const checkConfig = async (config: RegistrationConfig, context: CallContext) => {
    checkRegistrationConfig(config)
    if (config.roleArn !== undefined)
      await context.authorize('iam:PassRole', config.roleArn, { 'iam:PassedToService': 'iot.amazonaws.com' })
    await lintRegistrationConfig(config, context)
  }

  return {
    async GetRegistrationCode(_input, { accountId }) {
      const known = await findRegistrationCode(store.read, accountId)
      const make = () => store.transact((db) => ensureRegistrationCode(db, accountId))
      return { registrationCode: known ?? (await make()) }
    },

    async DeleteRegistrationCode(_input, { accountId }) {
      await store.transact((db) => deleteRegistrationCode(db, accountId))
    },

    async RegisterCACertificate(input, context) {
      const { accountId, region } = context
      const { registrationConfig, certificateMode = 'DEFAULT', tags = [] } = input
      const given = validating('the CA certificate', () => parseCertificate(input.caCertificate))
      await checkNotRegistered(store.read, accountId, given.certificateId) // before what else is wrong
      const certificate = parseCaCertificate(input.caCertificate, now())
      if (registrationConfig) await checkConfig(registrationConfig, context)
      const ca = await commit(accountId, certificate.certificateId, async (db) => {
        await checkPossession(db, accountId, { ...input, certificateMode, certificate, now: now() })
        const registered = await registerCaCertificate(db, {
          accountId,
          region,
          certificate,
          certificateMode,
          status: input.setAsActive ? 'ACTIVE' : 'INACTIVE',
          autoRegistrationStatus: input.allowAutoRegistration ? 'ENABLE' : 'DISABLE',
          registrationConfig,
          now: now(),
        })
        await setTags(db, accountId, registered.certificateArn, tags)
        return registered
      })
      return { certificateArn: ca.certificateArn, certificateId: ca.certificateId }
    },

    async DescribeCACertificate({ certificateId }, { accountId }) {
      const ca = await getCaCertificate(store.read, accountId, certificateId)
      const { registrationConfig } = ca
      return { certificateDescription: describe(ca), ...(registrationConfig && { registrationConfig }) }
    },

    ListCACertificates: (input, { accountId }) => listCaCertificates(store.read, accountId, input),

    async UpdateCACertificate(input, context) {
      const { certificateId, registrationConfig, removeAutoRegistration = false } = input
      if (registrationConfig && removeAutoRegistration)
        throw iotError(
          'InvalidRequestException',
          'removeAutoRegistration takes the registrationConfig away; it cannot be given with one',
        )
      if (registrationConfig) await checkConfig(registrationConfig, context)
      await commit(context.accountId, certificateId, (db) =>
        updateCaCertificate(db, {
          accountId: context.accountId,
          certificateId,
          status: input.newStatus,
          autoRegistrationStatus: input.newAutoRegistrationStatus,
          registrationConfig: removeAutoRegistration ? null : registrationConfig,
          now: now(),
        }),
      )
    },

    async DeleteCACertificate({ certificateId }, { accountId }) {
      await commit(accountId, certificateId, async (db) => {
        const ca = await getCaCertificate(db, accountId, certificateId)
        if (ca.status === 'ACTIVE')
          throw iotError(
            'CertificateStateException',
            'the CA certificate is ACTIVE; make it INACTIVE before it is deleted',
          )
        await deleteCaCertificate(db, ca)
      })
    },
  } satisfies Partial<Operations<typeof Iot>>
}

interface Possession {
  certificate: ParsedCertificate
  certificateMode: CertificateMode
  verificationCertificate?: string | undefined
  now: Date
}

async function checkPossession(db: Db, accountId: string, possession: Possession): Promise<void> {
  const { certificate, certificateMode, verificationCertificate, now } = possession
  const isGiven = verificationCertificate !== undefined
  if (certificateMode === 'SNI_ONLY') {
    if (!isGiven) return
    throw iotError('InvalidRequestException', 'in mode SNI_ONLY there must be no verificationCertificate')
  }
  if (!isGiven)
    throw iotError(
      'InvalidRequestException',
      'in mode DEFAULT a verificationCertificate must prove possession of the CA key; there is none',
    )
  const code = await findRegistrationCode(db, accountId)
  checkProofOfPossession(certificate, verificationCertificate, code, now)
}

function describe(ca: CaCertificate) {
  const { accountId, notBefore, notAfter, options: _ours, registrationConfig: _beside, ...description } = ca
  return { ...description, ownedBy: accountId, validity: { notBefore, notAfter } }
}
