/**
 * Reads policy documents. Sources: IAM User Guide, "Grammar of the IAM JSON policy language"; AWS IoT
 * Developer Guide, "AWS IoT Core policies".
 */
import {
  isJsonObject,
  JsonError,
  parseLenientJson,
  type JsonObject,
  type JsonValue,
} from '../../lib/lenient-json.ts'
import { compileCondition } from './conditions/compile-condition.ts'
import {
  PolicyDocumentError,
  type PolicyCondition,
  type PolicyDialect,
  type PolicyDocument,
  type PolicyElement,
  type PolicyStatement,
} from './document.ts'
import { checkAction, checkResource } from './element-syntax.ts'
import { parsePrincipal } from './principal.ts'
import { quote, readStrings } from './read-strings.ts'

/** The model's own limit of a document with its white space. */
const limits = { maxLength: 404_600, maxDepth: 10 }

const versions = ['2008-10-17', '2012-10-17'] as const

/**
 * Checks everything that can be checked without a request.
 * @throws {PolicyDocumentError} naming the place, e.g. `Statement[0].Effect must be "Allow" or "Deny", got "Alow"`
 */
export function parsePolicyDocument(text: string, dialect: PolicyDialect): PolicyDocument {
  const root = parseJson(text)
  if (!isJsonObject(root))
    throw new PolicyDocumentError(`the policy must be a JSON object, got ${quote(root)}`)
  refuseOthers(root, new Set(['Version', 'Id', 'Statement']), 'the policy')
  const version = root['Version'] ?? '2008-10-17'
  const known = versions.find((candidate) => candidate === version)
  if (!known)
    throw new PolicyDocumentError(`Version must be "2012-10-17" or "2008-10-17", got ${quote(version)}`)
  if (root['Id'] !== undefined && typeof root['Id'] !== 'string')
    throw new PolicyDocumentError(`Id must be a string, got ${quote(root['Id'])}`)
  const { Statement: list } = root
  const statements = Array.isArray(list) ? list : list === undefined ? [] : [list]
  if (statements.length === 0) throw new PolicyDocumentError('Statement must hold at least one statement')
  const hasVariables = dialect === 'iot' || known === '2012-10-17'
  const parsed = statements.map((statement, index) => {
    const place = Array.isArray(list) ? `Statement[${index}]` : 'Statement'
    return parseStatement(statement, { place, dialect, hasVariables })
  })
  refuseRepeatedSids(parsed)
  return { dialect, version: known, statements: parsed }
}

function parseJson(text: string): JsonValue {
  try {
    return parseLenientJson(text, limits)
  } catch (cause) {
    if (cause instanceof JsonError)
      throw new PolicyDocumentError(`the policy is not JSON: ${cause.message}`, { cause })
    throw cause
  }
}

interface Surroundings {
  /** Where the statement stands. */
  place: string
  dialect: PolicyDialect
  hasVariables: boolean
}

const commonElements = ['Sid', 'Effect', 'Action', 'NotAction', 'Condition']
const elementsOf: Record<PolicyDialect, ReadonlySet<string>> = {
  iot: new Set([...commonElements, 'Resource', 'NotResource']),
  identity: new Set([...commonElements, 'Resource', 'NotResource']),
  trust: new Set([...commonElements, 'Principal', 'NotPrincipal']),
}

function parseStatement(value: JsonValue, { place, dialect, hasVariables }: Surroundings): PolicyStatement {
  if (!isJsonObject(value)) throw new PolicyDocumentError(`${place} must be an object, got ${quote(value)}`)
  refuseOthers(value, elementsOf[dialect], place)
  const { Effect: effect, Sid: sid } = value
  if (effect !== 'Allow' && effect !== 'Deny')
    throw new PolicyDocumentError(`${place}.Effect must be "Allow" or "Deny", got ${quote(effect)}`)
  if (sid !== undefined && typeof sid !== 'string')
    throw new PolicyDocumentError(`${place}.Sid must be a string, got ${quote(sid)}`)
  return {
    ...(sid !== undefined && { sid }),
    effect,
    action: parseElement(value, 'Action', { place, dialect }),
    ...(dialect === 'trust'
      ? { principal: parsePrincipal(value, place) }
      : { resource: parseElement(value, 'Resource', { place, dialect }) }),
    conditions: parseConditions(value['Condition'], `${place}.Condition`, hasVariables),
  }
}

function refuseOthers(value: JsonObject, known: ReadonlySet<string>, place: string): void {
  const other = Object.keys(value).find((name) => !known.has(name))
  if (other !== undefined)
    throw new PolicyDocumentError(
      `${place} must not have the element ${quote(other)}; known here are ${[...known].join(', ')}`,
    )
}

function refuseRepeatedSids(statements: readonly PolicyStatement[]): void {
  const seen = new Set<string>()
  for (const { sid } of statements) {
    if (sid === undefined || sid === '') continue
    if (seen.has(sid)) throw new PolicyDocumentError(`two statements have the Sid ${quote(sid)}`)
    seen.add(sid)
  }
}

/** Reads `Action` or `NotAction`, `Resource` or `NotResource`: exactly one of the two. */
function parseElement(
  value: JsonObject,
  name: 'Action' | 'Resource',
  { place, dialect }: { place: string; dialect: PolicyDialect },
): PolicyElement {
  const isNegated = value[name] === undefined
  const written = isNegated ? `Not${name}` : name
  if ((value[`Not${name}`] === undefined) === isNegated)
    throw new PolicyDocumentError(
      `${place} must have ${name} or Not${name}, and ${isNegated ? 'has neither' : 'not both'}`,
    )
  const listed = value[written]
  // IAM takes a null among resources, and it names none; IoT is not known to
  const isNullPassed = name === 'Resource' && dialect !== 'iot' && Array.isArray(listed)
  const named = isNullPassed ? listed.filter((item) => item !== null) : listed
  const patterns = readStrings(named, `${place}.${written}`)
  if (patterns.length === 0) throw new PolicyDocumentError(`${place}.${written} must not be empty`)
  const check = { Action: checkAction, Resource: checkResource }[name]
  for (const pattern of patterns) check(pattern, `${place}.${written}`, dialect)
  return { isNegated, patterns }
}

function parseConditions(
  block: JsonValue | undefined,
  place: string,
  hasVariables: boolean,
): PolicyCondition[] {
  if (block === undefined) return []
  if (!isJsonObject(block)) throw new PolicyDocumentError(`${place} must be an object, got ${quote(block)}`)
  return Object.entries(block).flatMap(([operator, keys]) => {
    if (!isJsonObject(keys))
      throw new PolicyDocumentError(`${place}.${operator} must be an object, got ${quote(keys)}`)
    return Object.entries(keys).map(([key, values]) => {
      const where = `${place}.${operator}[${quote(key)}]`
      const condition = { operator, key, values: readStrings(values, where) }
      compileCondition(condition, where, hasVariables)
      return condition
    })
  })
}
