/**
 * An operation's input and output as one JSON document each: all members by their names, wherever the wire form has
 * them. The form of the console's calls.
 */
import type { Operation } from './model.ts'
import { parseJson, readJson, writeJson } from './protocols/json-values.ts'
import { decodeText, MalformedRequestError } from './wire.ts'

/**
 * Members that the document does not give are absent. Unknown ones are refused: nobody but the console sends them.
 * @throws {MalformedRequestError} when a value is not of the type that the model asks for
 */
export function readDocument({ input: shape }: Operation, body: Uint8Array): Record<string, unknown> {
  const document = body.length === 0 ? {} : parseJson(decodeText(body))
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new MalformedRequestError('the body must be an object')
  const input: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(document)) {
    const member = shape?.members.get(name)
    if (!member) throw new MalformedRequestError(`the operation has no member ${name}`)
    const read = readJson(member.shape, value, name)
    if (read !== undefined) input[name] = read
  }
  return input
}

/** Members that are undefined are left out. */
export function writeDocument({ output: shape }: Operation, output: unknown): Record<string, unknown> {
  const members = (output ?? {}) as Record<string, unknown>
  const document: Record<string, unknown> = {}
  for (const { name, shape: target } of shape?.members.values() ?? []) {
    const value = members[name]
    if (value != null) document[name] = writeJson(target, value)
  }
  return document
}
