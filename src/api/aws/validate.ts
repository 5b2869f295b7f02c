/**
 * Holds an input against the constraints of its shape: required members, enums, patterns, lengths, ranges.
 * The texts are those of AWS's own services: "1 validation error detected: Value ... at ... failed to satisfy
 * constraint: ...".
 */
import { AwsError } from './errors.ts'
import type { Bounds, ServiceName, Shape, StringShape, StructureShape } from './model.ts'
import { matchesPattern } from './patterns.ts'

/** What each service calls an input that its model refuses. */
const refusalCodes: Record<ServiceName, string> = {
  iot: 'InvalidRequestException',
  'iot-data': 'InvalidRequestException',
  'iot-jobs-data': 'InvalidRequestException',
  lambda: 'ValidationException',
  logs: 'InvalidParameterException',
  iam: 'ValidationError',
  sts: 'ValidationError',
  cloudtrail: 'InvalidParameterException', // assumed: LookupEvents has codes of its own for what it checks itself
  cloudwatch: 'ValidationError', // assumed: as the other services that speak the query protocol
  organizations: 'InvalidInputException',
}

/** As many as a message can name; a hostile list must not make a long text. */
const maxErrors = 10
const maxShownLength = 100

/** @throws {AwsError} that names each member and the constraint it breaks */
export function checkInput(service: ServiceName, shape: StructureShape | undefined, input: unknown): void {
  const errors: string[] = []
  if (shape) checkValue(shape, input, { path: '', errors })
  if (errors.length === 0) return
  const found =
    errors.length === 1 ? '1 validation error detected' : `${errors.length} validation errors detected`
  throw new AwsError(refusalCodes[service], `${found}: ${errors.join('; ')}`)
}

interface Place {
  path: string
  errors: string[]
}

function checkValue(shape: Shape, value: unknown, place: Place): void {
  if (place.errors.length >= maxErrors) return
  switch (shape.type) {
    case 'structure':
      return checkStructure(shape, value as Record<string, unknown>, place)
    case 'list':
      checkLength(shape, (value as unknown[]).length, { shape, value, place })
      return (value as unknown[]).forEach((item, index) => {
        checkValue(shape.member, item, { ...place, path: `${place.path}[${index}]` })
      })
    case 'map':
      checkLength(shape, Object.keys(value as object).length, { shape, value, place })
      for (const [key, item] of Object.entries(value as object)) {
        checkValue(shape.key, key, { ...place, path: `${place.path} (key)` })
        checkValue(shape.value, item, { ...place, path: `${place.path}.${key}` })
      }
      return
    case 'string':
      return checkString(shape, value as string, place)
    case 'blob':
      return checkLength(shape, (value as Uint8Array).length, { shape, value, place })
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return checkRange(shape, value as number, { shape, value, place })
    case 'boolean':
    case 'timestamp':
  }
}

function checkStructure(shape: StructureShape, value: Record<string, unknown>, place: Place): void {
  for (const { name, shape: target, isRequired } of shape.members.values()) {
    const path = place.path === '' ? name : `${place.path}.${name}`
    const member = value[name]
    if (member !== undefined) checkValue(target, member, { ...place, path })
    else if (isRequired) {
      place.errors.push(`Value null at '${path}' failed to satisfy constraint: Member must not be null`)
    }
  }
}

interface Finding {
  shape: Shape
  value: unknown
  place: Place
}

function checkString(shape: StringShape, value: string, place: Place): void {
  const finding = { shape, value, place }
  if (shape.values && !shape.values.has(value)) {
    return report(finding, `Member must satisfy enum value set: [${[...shape.values].join(', ')}]`)
  }
  const errorsBefore = place.errors.length
  checkLength(shape, value.length, finding)
  // A pattern never runs over a text that is too long for it.
  if (place.errors.length > errorsBefore || shape.pattern === undefined) return
  if (!matchesPattern(shape.pattern, value)) {
    report(finding, `Member must satisfy regular expression pattern: ${shape.pattern}`)
  }
}

function checkLength({ min, max }: Bounds, length: number, finding: Finding): void {
  if (max !== undefined && length > max)
    report(finding, `Member must have length less than or equal to ${max}`)
  if (min !== undefined && length < min)
    report(finding, `Member must have length greater than or equal to ${min}`)
}

function checkRange({ min, max }: Bounds, value: number, finding: Finding): void {
  if (max !== undefined && value > max) report(finding, `Member must have value less than or equal to ${max}`)
  if (min !== undefined && value < min)
    report(finding, `Member must have value greater than or equal to ${min}`)
}

function report({ shape, value, place }: Finding, constraint: string): void {
  if (place.errors.length >= maxErrors) return
  const shown = isShown(shape, value) ? `Value '${String(value)}'` : 'Value'
  place.errors.push(`${shown} at '${place.path}' failed to satisfy constraint: ${constraint}`)
}

/** Secrets, certificates, keys, and long texts stay out of messages. */
function isShown(shape: Shape, value: unknown): boolean {
  if (shape.isSensitive || (typeof value !== 'string' && typeof value !== 'number')) return false
  const text = String(value)
  return text.length <= maxShownLength && !text.includes('-----BEGIN')
}
