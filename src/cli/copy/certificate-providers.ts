import {
  CreateCertificateProviderCommand,
  DescribeCertificateProviderCommand,
  ListCertificateProvidersCommand,
  type CreateCertificateProviderCommandInput,
} from '@aws-sdk/client-iot'
import type { Copy } from './items.ts'
import { planNamed, type NamedKind } from './named.ts'
import { tagsMember } from './tags.ts'

type Provider = Pick<
  CreateCertificateProviderCommandInput,
  'lambdaFunctionArn' | 'accountDefaultForOperations'
>

/** An account has one at most: another one at the destination makes that of the source fail. */
const certificateProviders: NamedKind<Provider> = {
  kind: 'certificate-providers',
  async list({ iot }) {
    const { certificateProviders: all = [] } = await iot.send(new ListCertificateProvidersCommand({}))
    return all.map(({ certificateProviderName: name = '', certificateProviderArn: arn = '' }) => ({
      name,
      arn,
    }))
  },
  async describe({ iot }, certificateProviderName) {
    const question = new DescribeCertificateProviderCommand({ certificateProviderName })
    const { lambdaFunctionArn, accountDefaultForOperations } = await iot.send(question)
    return { lambdaFunctionArn, accountDefaultForOperations }
  },
  async make({ iot }, certificateProviderName, { content, tags }) {
    await iot.send(
      new CreateCertificateProviderCommand({ certificateProviderName, ...content, ...tagsMember(tags) }),
    )
  },
}

export const planCertificateProviders = (copy: Copy) => planNamed(certificateProviders, copy)
