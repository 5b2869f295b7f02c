import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { domainConfigurationArn } from './domain-configuration.ts'

const onConfiguration = (
  { domainConfigurationName }: { domainConfigurationName: string },
  scope: ArnScope,
) => ({ resources: [domainConfigurationArn(scope, domainConfigurationName)] })

export const domainConfigurationsPermissions = {
  CreateDomainConfiguration: onConfiguration,
  DescribeDomainConfiguration: onConfiguration,
  UpdateDomainConfiguration: onConfiguration,
  DeleteDomainConfiguration: onConfiguration,
  ListDomainConfigurations: () => ({ resources: ['*'] }),
} satisfies Partial<Permissions<typeof Iot>>
