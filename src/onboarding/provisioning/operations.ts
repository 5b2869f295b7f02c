import type * as Iot from '@aws-sdk/client-iot'
import type { Operations } from '../../api/aws/operations.ts'
import { createTemplateCache } from '../templates/index.ts'
import { registerThing, type RegisterThingDeps } from './register-thing.ts'

export function provisioningOperations(deps: Omit<RegisterThingDeps, 'parseTemplate'>) {
  const registering = { ...deps, parseTemplate: createTemplateCache() }
  return {
    RegisterThing({ templateBody, parameters = {} }, context) {
      return registerThing(registering, templateBody, new Map(Object.entries(parameters)), context)
    },
  } satisfies Partial<Operations<typeof Iot>>
}
