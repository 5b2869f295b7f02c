import { parseExpression, type MatchMessage } from './expression.ts'

/** `$.a.b[0] = "x*" && ($.c > 1 || $.d NOT EXISTS)`; messages that are not JSON never match. */
export function parseJsonPattern(text: string): MatchMessage {
  const holds = parseExpression<unknown>(text, { kind: 'selector', compile: compileSelector })
  return (message) => {
    const value = parseMessage(message)
    return value !== undefined && holds(value)
  }
}

function parseMessage(message: string): unknown {
  if (!/^\s*[{[]/.test(message)) return undefined
  try {
    return JSON.parse(message)
  } catch {
    return undefined // most messages are plain text
  }
}

const stepPattern = /\.?\[\s*(?:(\d+)|'([^']*)'|"([^"]*)")\s*\]|\.([^.[\]]+)/g

function compileSelector(selector: string): (value: unknown) => unknown {
  const steps = [...selector.slice(1).matchAll(stepPattern)].map(
    ([, index, single, double, name]) => index ?? single ?? double ?? name ?? '',
  )
  return (value) => {
    let current = value
    for (const step of steps) {
      if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined
      current = (current as Record<string, unknown>)[step]
    }
    return current
  }
}
