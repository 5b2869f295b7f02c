/** A policy document as rows of a form; what a form cannot show stays JSON. */
export interface Statement {
  effect: 'Allow' | 'Deny'
  /** With commas between several. */
  action: string
  resource: string
}

const simple = new Set(['Effect', 'Action', 'Resource'])

const toText = (value: unknown): string | undefined => {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.every((one) => typeof one === 'string' && !one.includes(',')) ? values.join(', ') : undefined
}

function toStatement(statement: unknown): Statement | undefined {
  if (typeof statement !== 'object' || statement === null) return undefined
  const { Effect, Action, Resource } = statement as Record<string, unknown>
  if (Object.keys(statement).some((name) => !simple.has(name))) return undefined
  const [action, resource] = [toText(Action), toText(Resource)]
  if ((Effect !== 'Allow' && Effect !== 'Deny') || action === undefined || resource === undefined)
    return undefined
  return { effect: Effect, action, resource }
}

/** `undefined` for a document that has more to it: conditions, NotAction, ids of statements. */
export function toStatements(document: string): Statement[] | undefined {
  try {
    const { Version, Statement, ...others } = JSON.parse(document) as Record<string, unknown>
    if (Object.keys(others).length > 0 || Version !== '2012-10-17') return undefined
    const all = (Array.isArray(Statement) ? Statement : [Statement]).map(toStatement)
    return all.every((one) => one !== undefined) ? all : undefined
  } catch {
    return undefined
  }
}

const toValue = (text: string): string | string[] => {
  const values = text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '')
  return values.length === 1 ? (values[0] ?? '') : values
}

export const toDocument = (statements: readonly Statement[]): string =>
  JSON.stringify(
    {
      Version: '2012-10-17',
      Statement: statements.map(({ effect, action, resource }) => ({
        Effect: effect,
        Action: toValue(action),
        Resource: toValue(resource),
      })),
    },
    undefined,
    2,
  )
