import {
  compilePolicy,
  parsePolicyDocument,
  PolicyDocumentError,
  type CompiledPolicy,
} from '../../access/policies/index.ts'

const maxDocuments = 1000

/** What a stored document counts as that cannot be read: ignoring it might ignore a Deny. */
const denyAll = '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'

/** Compiled policies by document, so that all devices with one policy share it. */
export class CompiledPolicies {
  readonly #byDocument = new Map<string, CompiledPolicy>()

  get(policyName: string, policyDocument: string): CompiledPolicy {
    let compiled = this.#byDocument.get(policyDocument)
    if (compiled) this.#byDocument.delete(policyDocument)
    else compiled = compile(policyName, policyDocument)
    this.#byDocument.set(policyDocument, compiled) // at the end: the oldest stands first
    if (this.#byDocument.size > maxDocuments)
      for (const oldest of this.#byDocument.keys()) {
        this.#byDocument.delete(oldest)
        break
      }
    return compiled.name === policyName ? compiled : { ...compiled, name: policyName }
  }
}

function compile(policyName: string, policyDocument: string): CompiledPolicy {
  try {
    return compilePolicy(parsePolicyDocument(policyDocument, 'iot'), policyName)
  } catch (cause) {
    if (cause instanceof PolicyDocumentError)
      return compilePolicy(parsePolicyDocument(denyAll, 'iot'), policyName)
    throw cause
  }
}
