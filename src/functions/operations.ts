/** The operations of the Lambda API. */
import type * as Lambda from '@aws-sdk/client-lambda'
import type { Operations } from '../api/aws/operations.ts'
import { absentFeaturesOperations } from './absent-features-operations.ts'
import { aliasesOperations } from './aliases-operations.ts'
import { functionsOperations, type LambdaDeps } from './functions-operations.ts'
import { invocationsOperations } from './invocations-operations.ts'
import { resourcePolicyOperations } from './resource-policy-operations.ts'
import { settingsOperations } from './settings-operations.ts'

export function lambdaOperations(deps: LambdaDeps) {
  return {
    ...functionsOperations(deps),
    ...aliasesOperations(deps),
    ...invocationsOperations(deps),
    ...resourcePolicyOperations(deps),
    ...settingsOperations(deps),
    ...absentFeaturesOperations(deps),
  } satisfies Partial<Operations<typeof Lambda>>
}
