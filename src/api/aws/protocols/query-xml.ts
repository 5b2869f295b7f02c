/**
 * Outputs and errors of the query protocol as XML.
 * Source: Smithy 2.0, "AWS query protocol"; XML 1.0, 2.2 "Characters".
 */
import type { MapShape, Operation, Shape, StructureShape } from '../model.ts'
import { toIsoDate } from './timestamps.ts'

export interface XmlFrame {
  namespace: string
  requestId: string
}

export function writeXmlOutput(
  operation: Operation,
  output: unknown,
  { namespace, requestId }: XmlFrame,
): string {
  const { name, output: shape, resultWrapper } = operation
  const members = shape ? writeStructure(shape, (output ?? {}) as Record<string, unknown>) : ''
  const result = resultWrapper === undefined ? '' : element(resultWrapper, members)
  const metadata = element('ResponseMetadata', element('RequestId', escapeXml(requestId)))
  return `<${name}Response xmlns="${escapeXml(namespace)}">${result}${metadata}</${name}Response>`
}

export interface XmlError {
  code: string
  message: string
  isSender: boolean
}

interface XmlErrorFrame extends XmlFrame {
  /** S3's form: the error is the document. */
  isBare?: boolean
}

export function writeXmlError(
  { code, message, isSender }: XmlError,
  { namespace, requestId, isBare = false }: XmlErrorFrame,
): string {
  const texts = element('Code', escapeXml(code)) + element('Message', escapeXml(message))
  if (isBare) return element('Error', texts + element('RequestId', escapeXml(requestId)))
  const error = element('Error', element('Type', isSender ? 'Sender' : 'Receiver') + texts)
  const xmlns = namespace === '' ? '' : ` xmlns="${escapeXml(namespace)}"`
  return `<ErrorResponse${xmlns}>${error}${element('RequestId', escapeXml(requestId))}</ErrorResponse>`
}

const element = (name: string, content: string) => `<${name}>${content}</${name}>`

function writeValue(shape: Shape, value: unknown): string {
  switch (shape.type) {
    case 'structure':
      return writeStructure(shape, value as Record<string, unknown>)
    case 'list':
      return (value as unknown[]).map((item) => element('member', writeValue(shape.member, item))).join('')
    case 'map':
      return writeMap(shape, value as Record<string, unknown>)
    case 'timestamp':
      return toIsoDate(value as Date)
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    case 'string':
    case 'boolean':
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return escapeXml(String(value))
  }
}

function writeStructure(shape: StructureShape, value: Record<string, unknown>): string {
  let xml = ''
  for (const { name, wireName, shape: target } of shape.members.values()) {
    if (value[name] != null) xml += element(wireName, writeValue(target, value[name]))
  }
  return xml
}

function writeMap(shape: MapShape, value: Record<string, unknown>): string {
  return Object.entries(value)
    .filter(([, item]) => item != null)
    .map(([key, item]) =>
      element('entry', element('key', escapeXml(key)) + element('value', writeValue(shape.value, item))),
    )
    .join('')
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A reader would turn a bare carriage return into a line feed.
  '\r': '&#xD;',
}

/** Characters that XML cannot hold become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"\r]/g, (character) => escapes[character] ?? '')
    .replaceAll(/[^\t\n -\uFFFD]/g, '\uFFFD')
}
