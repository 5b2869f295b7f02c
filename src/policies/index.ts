export { compilePolicy, type CompiledPolicy } from './compile.ts'
export { describeDecision, suggestStatement } from './describe-decision.ts'
export { deviceVariables, isTimeDependent, type DeviceFacts, type DeviceThing } from './device-variables.ts'
export {
  PolicyDocumentError,
  type Lookup,
  type PolicyDialect,
  type PolicyDocument,
  type PolicyStatement,
} from './document.ts'
export {
  evaluatePolicies,
  missingValues,
  type Decision,
  type NearestMiss,
  type PolicyRequest,
} from './evaluate.ts'
export { lookupIn } from './lookup.ts'
export { parsePolicyDocument } from './parse.ts'
export type { RequestPrincipal } from './principal.ts'
