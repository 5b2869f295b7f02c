/** Policy documents as IAM takes them in and gives them out. */
import { iamError } from '../../../api/aws/errors.ts'
import { parsePolicyDocument, PolicyDocumentError } from '../../policies/index.ts'
import { checkNewDocument, type NewDocumentKind } from './new-document.ts'

/**
 * Checks a document that is put.
 * @throws {AwsError} `MalformedPolicyDocumentException` naming the place, when the document is not a policy for
 * an identity (`managed` or `inline`) or not a role's trust policy (`trust`)
 */
export function checkDocument(text: string, kind: NewDocumentKind | 'trust'): void {
  try {
    if (kind === 'trust') parsePolicyDocument(text, 'trust')
    else checkNewDocument(parsePolicyDocument(text, 'identity'), kind)
  } catch (error) {
    if (error instanceof PolicyDocumentError)
      throw iamError('MalformedPolicyDocumentException', error.message)
    throw error
  }
}

/** Characters that count against IAM's size quotas: white space does not. */
export function countedLength(text: string): number {
  return text.replaceAll(/\s/g, '').length
}

/** Percent-encoded as RFC 3986 has it, which is how IAM's Get operations give documents out. */
export function encodeDocument(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
