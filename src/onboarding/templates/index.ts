export { createTemplateCache, type ParseTemplate } from './cache.ts'
export {
  certificateIdParameter,
  certificateParameters,
  subjectAttributeOf,
} from './certificate-parameters.ts'
export { describeParameters, type ParameterReport } from './describe-parameters.ts'
export type { ParameterValues } from './evaluate.ts'
export { parseTemplate, type Template, type TemplateKind } from './parse.ts'
export {
  planParts,
  planProvisioning,
  type CertificatePlan,
  type PartialPlan,
  type PolicyPlan,
  type ProvisioningPlan,
  type ThingPlan,
} from './plan.ts'
export { TemplateError } from './template-error.ts'
