import { existsSync } from 'node:fs'
import type { DryRunReport } from '../server/own-answers.ts'
import { CommandError, type CommandContext } from './command.ts'
import { readTextFile } from './read-file.ts'
import { findSigningTarget } from './running-server.ts'
import { printable, renderVerdict } from './render-verdict.ts'
import { signedRequest } from './signed-request.ts'

/** 0 when the device would be let in, or is to be decided about by a rule; 1 when it would be refused. */
export async function dryRun({ given, source, print }: CommandContext): Promise<number> {
  const body = JSON.stringify(readQuestion(Object.fromEntries(given)))
  const target = findSigningTarget(source)
  const path = '/muster/v1/dry-run'
  const report = (await signedRequest(target, {
    service: 'muster',
    method: 'POST',
    path,
    body,
  })) as DryRunReport
  print(renderDryRun(report))
  return renderVerdict(report.verdict).isGood ? 0 : 1
}

/** @throws {CommandError} for what is missing or given twice */
function readQuestion(options: Record<string, string>) {
  const { ca, template, role, certificate, subject, 'client-id': clientId } = options
  if (ca === undefined && template === undefined)
    throw new CommandError('expected --ca <id>, --template <file or name>, or both, got neither', 2)
  if ((certificate === undefined) === (subject === undefined))
    throw new CommandError('expected either --certificate <file> or --subject <name>', 2)
  const isFile = template !== undefined && (existsSync(template) || /[./]/.test(template))
  return {
    caCertificateId: ca,
    ...(isFile ? { templateBody: readTextFile(template) } : { templateName: template }),
    provisioningRoleArn: role,
    certificatePem: certificate === undefined ? undefined : readTextFile(certificate),
    subject,
    clientId,
  }
}

const marks = { new: '+', exists: '=', missing: '!' } as const

function renderDryRun({ verdict, device, ca, template, role, ...parts }: DryRunReport): string {
  const lines = [
    ...renderVerdict(verdict).lines,
    '',
    `device     ${printable(device.subject)}${device.isMadeUp ? ' (made up)' : ` ${device.certificateId}`}`,
    ...(ca
      ? [`CA         ${ca.certificateId} ${ca.status}, auto-registration ${ca.autoRegistrationStatus}`]
      : []),
    ...(template?.fault ? [`template   ${printable(template.fault.text)}`] : []),
    ...(template?.remarks ?? []).map((remark) => `remark     ${printable(remark)}`),
    ...(role?.fault === undefined ? [] : [`role       ${printable(role.fault)}`]),
  ]
  for (const { name, value, isNeeded } of parts.parameters) {
    const text = value === undefined ? (isNeeded ? 'MISSING' : 'none, and none is needed') : printable(value)
    lines.push(`parameter  ${printable(name)}: ${text}`)
  }
  for (const { logicalId, type, state, properties, fault, warnings } of parts.resources) {
    const what = fault ? fault.text : JSON.stringify(properties)
    lines.push(
      `${marks[state]} ${type.replace('AWS::IoT::', '').padEnd(12)} ${printable(logicalId)}: ${printable(what)}`,
    )
    lines.push(...warnings.map((warning) => `               ${printable(warning)}`))
  }
  for (const { action, resource, isAllowed, isForExisting } of parts.steps) {
    const word = isAllowed === undefined ? 'unknown' : isAllowed ? 'allowed' : 'DENIED'
    const when = isForExisting ? ' (only when the thing differs)' : ''
    lines.push(`${word.padEnd(10)} ${action} on ${printable(resource)}${when}`)
  }
  return `${lines.join('\n')}\n`
}
