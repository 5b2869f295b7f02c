export { createTemplateCache, type ParseTemplate } from './cache.ts'
export { certificateParameters } from './certificate-parameters.ts'
export type { ParameterValues } from './evaluate.ts'
export { parseTemplate, type Template, type TemplateKind } from './parse.ts'
export {
  planProvisioning,
  type CertificatePlan,
  type PolicyPlan,
  type ProvisioningPlan,
  type ThingPlan,
} from './plan.ts'
export { TemplateError } from './template-error.ts'
