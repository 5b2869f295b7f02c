/** What a line of an input file says: the values for the parameters of the template, for one device. */
import { iotError } from '../../api/aws/errors.ts'
import type { ParameterValues } from '../templates/index.ts'
import { maxLineBytes, type InputLine } from './lines.ts'

/** @throws {AwsError} `InvalidRequestException` that says what was expected */
export function parseParameters({ text }: Pick<InputLine, 'text'>): ParameterValues {
  if (text === undefined) throw invalid(`a line has at most ${maxLineBytes} bytes`)
  const document = parseJson(text)
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw invalid('a line is a JSON object of parameters')
  const entries = Object.entries(document)
  for (const [name, value] of entries)
    if (typeof value !== 'string')
      throw invalid(`the parameter ${JSON.stringify(name.slice(0, 60))} must be a text`)
  return new Map(entries as [string, string][])
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw invalid('a line is a JSON object of parameters: it is no JSON') // its words would repeat what may be secret
  }
}

const invalid = (text: string) => iotError('InvalidRequestException', text)
