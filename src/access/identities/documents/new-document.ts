/**
 * What IAM asks of a document that is put, beyond the grammar. A document that was put before these rules were kept
 * still counts, so they are no part of reading one.
 * Sources: IAM User Guide, "IAM JSON policy elements: Resource" (no wildcard in the service), "IAM JSON policy elements:
 * Sid", and "IAM ARNs"; Service Authorization Reference, Amazon S3 (resources that have a region). The texts are IAM's.
 */
import { PolicyDocumentError, type PolicyDocument } from '../../policies/index.ts'

/** `managed` policies are of the newest version of the language; inline ones may be older. */
export type NewDocumentKind = 'managed' | 'inline'

/** @throws {PolicyDocumentError} in IAM's words */
export function checkNewDocument({ version, statements }: PolicyDocument, kind: NewDocumentKind): void {
  if (kind === 'managed' && version !== '2012-10-17')
    throw malformed('Policy document must be version 2012-10-17 or greater.')
  for (const { sid = '', action, resource } of statements) {
    if (!/^[0-9A-Za-z]*$/.test(sid))
      throw malformed(
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      )
    for (const pattern of action.patterns) checkVendor(pattern)
    for (const pattern of resource?.patterns ?? []) checkResource(pattern)
  }
}

function checkVendor(action: string): void {
  const vendor = action.split(':')[0] ?? ''
  if (!/^(?:\*+|[A-Za-z\d.-]+)$/.test(vendor)) throw malformed(`Vendor ${vendor} is not valid`)
}

function checkResource(pattern: string): void {
  if (pattern === '*') return
  // a variable is one unknown text, colons in its name are none of the ARN's
  const [scheme, partition = '', service = '', region, account, ...rest] = pattern
    .replaceAll(/\$\{[^}]*\}/g, '*')
    .split(':')
  if (scheme !== 'arn') throw malformed(`Resource ${pattern} must be in ARN format or "*".`)
  if (!/^aws(?:-[a-z]+)*$|[*?]/.test(partition))
    throw malformed(`Partition "${partition}" is not valid for resource "${pattern}".`)
  if (!/^[^*?]+$/.test(service))
    throw malformed('Resource vendor must be fully qualified and cannot contain regexes.')
  if (rest.length === 0 && (region === '' || account === ''))
    throw malformed('The policy failed legacy parsing')
  checkService(pattern, { service, region: region ?? '*', path: rest.length > 0 ? rest.join(':') : '*' })
}

interface ServiceResource {
  service: string
  region: string
  path: string
}

const iamPaths = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
]
const s3RegionalPaths = ['accesspoint/', 'job/', 'storage-lens/', 'storage-lens-group/']

function checkService(pattern: string, { service, region, path }: ServiceResource): void {
  const hasRegion = !/^$|[*?]/.test(region)
  if (service === 'iam') {
    if (hasRegion) throw malformed(`IAM resource ${pattern} cannot contain region information.`)
    if (!mayBeginWith(path, iamPaths))
      throw malformed(`IAM resource path must either be "*" or start with ${iamPaths.join(', ')}.`)
  }
  if (service === 's3' && hasRegion && !mayBeginWith(path, s3RegionalPaths))
    throw malformed(`Resource ${pattern} can not contain region information.`)
}

/** Whether the path begins with one of the texts once its wildcards are filled in. */
function mayBeginWith(path: string, beginnings: readonly string[]): boolean {
  const plain = /^[^*?]*/.exec(path)?.[0] ?? ''
  const isOpen = plain.length < path.length
  return beginnings.some((each) => plain.startsWith(each) || (isOpen && each.startsWith(plain)))
}

function malformed(message: string): Error {
  return new PolicyDocumentError(message)
}
