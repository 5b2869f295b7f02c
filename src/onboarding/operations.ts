import type * as Iot from '@aws-sdk/client-iot'
import type { Operations } from '../aws/operations.ts'
import { createTemplateCache } from '../templates/index.ts'
import { registerThing, type RegisterThingDeps } from './register-thing.ts'
import { templatesOperations, type TemplatesDeps } from './templates-operations.ts'

export type OnboardingOperationsDeps = TemplatesDeps & Omit<RegisterThingDeps, 'parseTemplate'>

export function onboardingOperations(deps: OnboardingOperationsDeps) {
  const registering = { ...deps, parseTemplate: createTemplateCache() }
  return {
    ...templatesOperations(deps),

    RegisterThing({ templateBody, parameters = {} }, context) {
      return registerThing(registering, templateBody, new Map(Object.entries(parameters)), context)
    },
  } satisfies Partial<Operations<typeof Iot>>
}
