export { compilePolicy, type CompiledPolicy } from './compile.ts'
export { describeDecision, suggestStatement } from './describe-decision.ts'
export { deviceVariables, isTimeDependent, type DeviceFacts, type DeviceThing } from './device-variables.ts'
export { PolicyDocumentError, type Lookup, type PolicyDialect, type PolicyDocument } from './document.ts'
export { isValueOfKind, type ValueKind } from './conditions/value-kinds.ts'
export {
  askedNames,
  evaluatePolicies,
  matchingStatements,
  missingValues,
  type Decision,
  type MatchingStatement,
} from './evaluate.ts'
export { lookupIn } from './lookup.ts'
export { mayEverBeAllowed } from './may-ever.ts'
export { parsePolicyDocument } from './parse.ts'
export type { RequestPrincipal } from './principal.ts'
