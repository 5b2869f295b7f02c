/** What certificates and lists of revoked ones are signed with. Sources: RFC 3279, RFC 4055, RFC 5758. */
import { contentOf, derTag, expectTag, readChildren, toDottedOid, type DerElement } from './der.ts'

const signatureNames = new Map([
  ['1.2.840.113549.1.1.4', 'MD5-RSA'],
  ['1.2.840.113549.1.1.5', 'SHA1-RSA'],
  ['1.2.840.113549.1.1.11', 'SHA256-RSA'],
  ['1.2.840.113549.1.1.12', 'SHA384-RSA'],
  ['1.2.840.113549.1.1.13', 'SHA512-RSA'],
  ['1.2.840.10045.4.1', 'SHA1-ECDSA'],
  ['1.2.840.10045.4.3.2', 'SHA256-ECDSA'],
  ['1.2.840.10045.4.3.3', 'SHA384-ECDSA'],
  ['1.2.840.10045.4.3.4', 'SHA512-ECDSA'],
])

const hashNames = new Map([
  ['1.3.14.3.2.26', 'SHA1'],
  ['2.16.840.1.101.3.4.2.1', 'SHA256'],
  ['2.16.840.1.101.3.4.2.2', 'SHA384'],
  ['2.16.840.1.101.3.4.2.3', 'SHA512'],
])

/** Whose hash is a parameter. */
const rsaPss = '1.2.840.113549.1.1.10'

/** e.g. `SHA256-ECDSA`, `SHA256-RSAPSS`; the dotted OID of what has no name here. `element` is an AlgorithmIdentifier. */
export function readSignatureAlgorithm(der: Uint8Array, element: DerElement): string {
  const [oid, parameters] = readChildren(der, element)
  const dotted = toDottedOid(
    contentOf(der, expectTag(oid, derTag.objectIdentifier, 'the signature algorithm')),
  )
  if (dotted !== rsaPss) return signatureNames.get(dotted) ?? dotted
  return `${readPssHash(der, parameters)}-RSAPSS`
}

/** RFC 4055 3.1: the hash is the first parameter, and SHA-1 without one. */
function readPssHash(der: Uint8Array, parameters: DerElement | undefined): string {
  if (parameters?.tag !== derTag.sequence) return 'SHA1'
  const tagged = readChildren(der, parameters).find(({ tag }) => tag === 0xa0)
  if (!tagged) return 'SHA1'
  const algorithm = expectTag(readChildren(der, tagged)[0], derTag.sequence, 'the hash algorithm')
  const oid = expectTag(readChildren(der, algorithm)[0], derTag.objectIdentifier, 'the hash algorithm')
  const dotted = toDottedOid(contentOf(der, oid))
  return hashNames.get(dotted) ?? dotted
}
