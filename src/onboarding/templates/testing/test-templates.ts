/** The template of the walkthrough, with changes, for the tests of this folder. */
import { expect } from 'vitest'
import { parseTemplate, type TemplateKind } from '../parse.ts'
import { TemplateError } from '../template-error.ts'

export const id = 'AWS::IoT::Certificate::Id'
export const country = 'AWS::IoT::Certificate::Country'
export const allow = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iot:Publish', Resource: '*' }],
}

/** The template of the walkthrough, with members replaced by dotted path; `undefined` removes one. */
export function template(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const body: Record<string, unknown> = {
    Parameters: { [country]: { Type: 'String' }, [id]: { Type: 'String' } },
    Resources: {
      thing: {
        Type: 'AWS::IoT::Thing',
        Properties: {
          ThingName: { Ref: id },
          AttributePayload: { version: 'v1', country: { Ref: country } },
        },
      },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: { Ref: id }, Status: 'ACTIVE' },
      },
      policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyDocument: JSON.stringify(allow) } },
    },
  }
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    const parent = keys.reduce<Record<string, unknown>>(
      (node, key) => (node[key] ??= {}) as typeof node,
      body,
    )
    if (value === undefined) delete parent[last]
    else parent[last] = value
  }
  return body
}

export const parse = (body: unknown, kind: TemplateKind = 'JITP') =>
  parseTemplate(typeof body === 'string' ? body : JSON.stringify(body), kind)

export const thing = 'Resources.thing'
export const certificate = 'Resources.certificate'
export const policy = 'Resources.policy'
export const document = `${policy}.Properties.PolicyDocument`

/** What is wrong, the changes that make it so, and what the error says. */
export type Refusal = [string, Record<string, unknown>, string, TemplateKind?]

export function expectRefusal(changes: Record<string, unknown>, message: string, kind?: TemplateKind): void {
  expect(() => parse(template(changes), kind)).toThrow(message)
  expect(() => parse(template(changes), kind)).toThrow(TemplateError)
}
