/** Certificate providers over the AWS API. Source: AWS IoT API Reference, "CreateCertificateProvider" and its kin. */
import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import { resourceIn } from '../../lib/arn.ts'
import { deleteTags, setTags } from '../../registry/tags/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { certificateProviderArn, type CertificateProvider } from './certificate-provider.ts'
import {
  createCertificateProvider,
  deleteCertificateProvider,
  findCertificateProvider,
  saveFunction,
} from './store.ts'

interface CertificateProvidersDeps {
  store: Store
  now: () => Date
}

const accountDefaultForOperations = ['CreateCertificateFromCsr' as const] // the only one that there is

/** Each request asks who signs, so a change counts at once. */
export function certificateProvidersOperations({ store, now }: CertificateProvidersDeps) {
  return {
    async CreateCertificateProvider({ certificateProviderName, lambdaFunctionArn, tags = [] }, context) {
      const { accountId } = context
      checkFunctionArn(lambdaFunctionArn, context)
      const arn = certificateProviderArn(context, certificateProviderName)
      const at = now()
      const dates = { creationDate: at, lastModifiedDate: at }
      await store.transact(async (db) => {
        checkNone(await findCertificateProvider(db, accountId), certificateProviderName, arn)
        const provider = { accountId, certificateProviderName, lambdaFunctionArn, ...dates }
        await createCertificateProvider(db, provider)
        await setTags(db, accountId, arn, tags)
      })
      return { certificateProviderName, certificateProviderArn: arn }
    },

    async DescribeCertificateProvider({ certificateProviderName }, context) {
      const provider = await getProvider(store.read, context, certificateProviderName)
      const { lambdaFunctionArn, creationDate, lastModifiedDate } = provider
      return {
        certificateProviderName,
        certificateProviderArn: certificateProviderArn(context, certificateProviderName),
        lambdaFunctionArn,
        accountDefaultForOperations,
        creationDate,
        lastModifiedDate,
      }
    },

    async UpdateCertificateProvider({ certificateProviderName, lambdaFunctionArn }, context) {
      if (lambdaFunctionArn !== undefined) checkFunctionArn(lambdaFunctionArn, context)
      await store.transact(async (db) => {
        const provider = await getProvider(db, context, certificateProviderName)
        const change = { lambdaFunctionArn: lambdaFunctionArn ?? provider.lambdaFunctionArn }
        await saveFunction(db, { ...provider, ...change, lastModifiedDate: now() })
      })
      const arn = certificateProviderArn(context, certificateProviderName)
      return { certificateProviderName, certificateProviderArn: arn }
    },

    async ListCertificateProviders(_input, context) {
      const provider = await findCertificateProvider(store.read, context.accountId)
      if (!provider) return { certificateProviders: [] }
      const { certificateProviderName } = provider
      const arn = certificateProviderArn(context, certificateProviderName)
      return { certificateProviders: [{ certificateProviderName, certificateProviderArn: arn }] }
    },

    async DeleteCertificateProvider({ certificateProviderName }, context) {
      const { accountId } = context
      await store.transact(async (db) => {
        await getProvider(db, context, certificateProviderName)
        await deleteCertificateProvider(db, accountId)
        await deleteTags(db, accountId, certificateProviderArn(context, certificateProviderName))
      })
    },
  } satisfies Partial<Operations<typeof Iot>>
}

/** Whether there is such a function, and whether it may be asked, is seen when a device asks: assumed. */
function checkFunctionArn(lambdaFunctionArn: string, { accountId, region }: CallContext): void {
  const resource = resourceIn({ accountId, region }, 'lambda', lambdaFunctionArn)
  if (resource !== undefined && /^function:[\w-]+(?::[\w$-]+)?$/.test(resource)) return
  throw iotError(
    'InvalidRequestException',
    `lambdaFunctionArn must be arn:aws:lambda:${region}:${accountId}:function:<name>, it is "${lambdaFunctionArn.slice(0, 200)}"`,
  )
}

function checkNone(known: CertificateProvider | undefined, name: string, resourceArn: string): void {
  if (!known) return
  if (known.certificateProviderName === name)
    throw iotError('ResourceAlreadyExistsException', `there is a certificate provider ${name} already`, {
      resourceId: name,
      resourceArn,
    })
  throw iotError(
    'LimitExceededException',
    `an account has one certificate provider, and there is ${known.certificateProviderName}`,
  )
}

async function getProvider(db: Db, { accountId }: CallContext, name: string): Promise<CertificateProvider> {
  const found = await findCertificateProvider(db, accountId)
  if (found?.certificateProviderName === name) return found
  throw iotError('ResourceNotFoundException', `there is no certificate provider ${name}`)
}
