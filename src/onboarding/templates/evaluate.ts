import { found, selected, type Expression } from './expression.ts'
import { TemplateError, quoted } from './template-error.ts'

/** Values by parameter name. */
export type ParameterValues = ReadonlyMap<string, string>

/** Longest text that a function may make. */
const maxTextCharacters = 65_536

/** @throws {TemplateError} when a value is missing, too long, or not text */
export function evaluateText(expression: Expression, values: ParameterValues): string {
  switch (expression.kind) {
    case 'text':
      return expression.value
    case 'parameter':
      return parameterValue(expression, values)
    case 'concat': {
      let text = ''
      for (const part of expression.parts) text = limited(text + evaluateText(part, values))
      return text
    }
    case 'join':
      return limited(evaluateList(expression.items, values).join(expression.separator))
    case 'select': {
      const items = evaluateList(expression.items, values)
      return selected(items, evaluateText(expression.index, values), expression.place)
    }
    case 'find': {
      const value = evaluateFind(expression, values)
      if (typeof value === 'string') return value
      throw new TemplateError(expression.place, 'gives a list where text is needed')
    }
    case 'list':
    case 'split':
      throw new TemplateError('template', 'a list stands where text is needed')
  }
}

/** @throws {TemplateError} as {@link evaluateText} */
export function evaluateList(expression: Expression, values: ParameterValues): readonly string[] {
  if (expression.kind === 'list') return expression.items.map((item) => evaluateText(item, values))
  if (expression.kind === 'split') return evaluateText(expression.text, values).split(expression.separator)
  if (expression.kind === 'find') {
    const value = evaluateFind(expression, values)
    if (typeof value !== 'string') return value
    throw new TemplateError(expression.place, 'gives text where a list is needed')
  }
  return [evaluateText(expression, values)]
}

function evaluateFind(expression: Expression & { kind: 'find' }, values: ParameterValues) {
  const [first, second] = expression.keys
  const keys = [evaluateText(first, values), evaluateText(second, values)] as const
  return found(expression.mapping, keys, expression.place)
}

function parameterValue(
  { name, place }: Expression & { kind: 'parameter' },
  values: ParameterValues,
): string {
  const value = values.get(name)
  if (value === undefined)
    throw new TemplateError(place, `there is no value for the parameter ${quoted(name)}`)
  return value
}

function limited(text: string): string {
  if (text.length <= maxTextCharacters) return text
  throw new TemplateError('template', `a value would grow beyond ${maxTextCharacters} characters`)
}
