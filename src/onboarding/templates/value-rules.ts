/**
 * What a value must look like before it may name something or be stored. The values come from certificates, so
 * each refusal says what is wrong with it. Source of patterns and lengths: the AWS IoT API model.
 */
import { TemplateError, quoted } from './template-error.ts'

export interface ValueRule {
  what: string
  allowed: RegExp
  /** The same for people. */
  allowedText: string
  minCharacters: number
  maxCharacters: number
}

const nameOf = (what: string): ValueRule => ({
  what,
  allowed: /^[a-zA-Z0-9:_-]*$/,
  allowedText: 'letters, digits, and : _ -',
  minCharacters: 1,
  maxCharacters: 128,
})

export const thingNameRule = nameOf('a thing name')
export const thingTypeNameRule = nameOf('a thing type name')
export const thingGroupNameRule = nameOf('a thing group name')
export const billingGroupNameRule = nameOf('a billing group name')

export const attributeNameRule: ValueRule = {
  what: 'an attribute name',
  allowed: /^[a-zA-Z0-9_.,@/:#-]*$/,
  allowedText: 'letters, digits, and _ . , @ / : # -',
  minCharacters: 1,
  maxCharacters: 128,
}

export const attributeValueRule: ValueRule = {
  what: 'an attribute value',
  allowed: /^[a-zA-Z0-9_.,@/:#=[\]-]*$/,
  allowedText: 'letters, digits, and _ . , @ / : # = [ ] -',
  minCharacters: 0,
  maxCharacters: 800,
}

export const policyNameRule: ValueRule = {
  what: 'a policy name',
  allowed: /^[\w+=,.@-]*$/,
  allowedText: 'letters, digits, and _ + = , . @ -',
  minCharacters: 1,
  maxCharacters: 128,
}

export const certificateIdRule: ValueRule = {
  what: 'a certificate id',
  allowed: /^[0-9a-f]*$/,
  allowedText: 'lower-case hexadecimal digits',
  minCharacters: 64,
  maxCharacters: 64,
}

/** What a value may not hold where it becomes part of a policy: it could match more than the template's author meant. */
export const policyValueRule: ValueRule = {
  what: 'a safe part of a policy',
  // assumed: as AWS IoT leaves certificate variables that hold * $ + ? # unsubstituted; braces would make variables
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  allowed: /^[^*$+?#{}\u0000-\u001f\u007f]*$/,
  allowedText: 'all characters but * $ + ? # { } and control characters',
  minCharacters: 1,
  maxCharacters: 1024,
}

/**
 * Returns the value, to be used in the place of the unchecked one.
 * @throws {TemplateError} naming the first character, or the length, that is not allowed
 */
export function checkedValue(value: string, rule: ValueRule, place: string): string {
  const { what, allowed, minCharacters, maxCharacters } = rule
  const length = value.length
  if (length === 0 && minCharacters > 0) throw new TemplateError(place, `is empty where ${what} is needed`)
  if (length > maxCharacters) {
    throw new TemplateError(
      place,
      `is ${length} characters long; ${what} has at most ${maxCharacters}: ${quoted(value)}`,
    )
  }
  if (length < minCharacters) {
    throw new TemplateError(
      place,
      `${quoted(value)} is ${length} characters long; ${what} has ${minCharacters}`,
    )
  }
  if (!allowed.test(value)) {
    const character = Array.from(value).find((one) => !allowed.test(one)) ?? value
    throw new TemplateError(
      place,
      `${quoted(value)} is not ${what}: it holds ${quoted(character)}; allowed are ${rule.allowedText}`,
    )
  }
  return value
}
