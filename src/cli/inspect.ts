import type { CaFacts, CertificateFacts, Inspection } from '../server/own-answers.ts'
import type { CommandContext } from './command.ts'
import { readTextFile } from './read-file.ts'
import { printable, renderVerdict } from './render-verdict.ts'
import { findSigningTarget } from './running-server.ts'
import { signedRequest } from './signed-request.ts'

export async function inspect({ operands, source, print }: CommandContext): Promise<number> {
  const [file = ''] = operands
  const body = JSON.stringify({ pem: readTextFile(file) })
  const target = findSigningTarget(source)
  const path = '/muster/v1/inspect'
  const found = (await signedRequest(target, { service: 'muster', method: 'POST', path, body })) as Inspection
  print(`${renderInspection(found).join('\n')}\n`)
  return 0
}

function renderInspection(found: Inspection): string[] {
  const { certificates, signedBy, namesake, registration, registeredCa, verdict } = found
  return [
    ...certificates.flatMap(renderCertificate),
    '',
    ...(registeredCa ? [`registered as CA: ${renderCa(registeredCa)}`] : []),
    ...(signedBy ? [`signed by CA ${renderCa(signedBy)}`] : []),
    ...(namesake ? [`named like, but not signed by, CA ${renderCa(namesake)}`] : []),
    ...(registration ? renderRegistration(registration) : []),
    ...(verdict ? renderVerdict(verdict).lines : []),
  ]
}

function renderCertificate(facts: CertificateFacts): string[] {
  return [
    `${facts.isCa ? 'CA certificate' : 'certificate'} ${facts.certificateId}`,
    `  subject  ${printable(facts.subject)}`,
    `  issuer   ${printable(facts.issuer)}`,
    `  valid    ${facts.notBefore} to ${facts.notAfter}`,
    `  serial   ${facts.serialNumber}, ${facts.key}, ${facts.signatureAlgorithm}`,
    ...(facts.fault === undefined ? [] : [`  it ${facts.fault}`]),
    ...(facts.isSignedByNext === false ? ['  the next certificate did not sign it'] : []),
  ]
}

const renderCa = ({ certificateId, subject, status, autoRegistrationStatus, template }: CaFacts) =>
  `${certificateId} ${printable(subject)}: ${status}, auto-registration ${autoRegistrationStatus}, ${template === undefined ? 'no template' : `template ${printable(template)}`}`

function renderRegistration({
  status,
  pendingReason,
  registered,
  things,
  policies,
}: NonNullable<Inspection['registration']>) {
  return [
    `registered ${registered}, ${status}${pendingReason === undefined ? '' : `: ${printable(pendingReason)}`}`,
    `  things   ${things.map(printable).join(', ') || 'none'}`,
    `  policies ${policies.map(printable).join(', ') || 'none'}`,
  ]
}
