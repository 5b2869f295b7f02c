/** The tour's way to the API, and what both journeys do there. */
import { readFileSync } from 'node:fs'
import { renderReport, type DeviceReport } from '../../observability/journal/index.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { CommandError } from '../command.ts'
import { targetOf, type RunningServer } from '../running-server.ts'
import { signedRequest, type ApiRequest } from '../signed-request.ts'
import { issue, type Authority, type Issued } from './certificates.ts'
import type { DeviceOptions } from './device.ts'

export interface Tour {
  server: RunningServer
  /** Shows a heading. */
  step: (text: string) => void
  /** Shows a fact below it. */
  show: (text: string) => void
}

/** Signed as root; the service is iot unless named. */
export type Call = (request: Omit<ApiRequest, 'service'> & { service?: string }) => Promise<unknown>

export function callAs(server: RunningServer): Call {
  const target = targetOf(server)
  return (request) => signedRequest(target, { service: 'iot', ...request })
}

interface RoleRequest {
  name: string
  /** The service that may assume it, e.g. `iot.amazonaws.com`. */
  service: string
  policyArn: string
}

/** Resolves with the role's ARN. */
export async function createRole(call: Call, accountId: string, role: RoleRequest): Promise<string> {
  const trust = { Effect: 'Allow', Principal: { Service: role.service }, Action: 'sts:AssumeRole' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
  const iam = (parameters: Record<string, string>) =>
    call({
      service: 'iam',
      method: 'POST',
      path: '/',
      contentType: 'application/x-www-form-urlencoded',
      body: new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString(),
    })
  await iam({ Action: 'CreateRole', RoleName: role.name, AssumeRolePolicyDocument: document })
  await iam({ Action: 'AttachRolePolicy', RoleName: role.name, PolicyArn: role.policyArn })
  return `arn:aws:iam::${accountId}:role/${role.name}`
}

/** Proves possession of the CA's key and registers it, active and with auto-registration; resolves with its id. */
export async function registerAuthority(
  call: Call,
  authority: Authority,
  registrationConfig?: object,
): Promise<string> {
  const code = (await call({ method: 'GET', path: '/registrationcode' })) as { registrationCode: string }
  const verification = await issue(authority, `CN=${code.registrationCode}`)
  const registered = (await call({
    method: 'POST',
    path: '/cacertificate?setAsActive=true&allowAutoRegistration=true',
    body: JSON.stringify({
      caCertificate: authority.certificate.toString('pem'),
      verificationCertificate: verification.certificatePem,
      registrationConfig,
    }),
  })) as { certificateId: string }
  return registered.certificateId
}

/** How a device reaches the server. */
export function deviceOptions({ endpoints }: RunningServer, device: Issued, clientId: string): DeviceOptions {
  const rootCa = readFileSync(endpoints.rootCaFile, 'utf8')
  return {
    ...device,
    host: '127.0.0.1',
    port: endpoints.mqttPort,
    serverName: endpoints.endpoint,
    rootCa,
    clientId,
  }
}

export function certificateIdOf({ certificatePem }: Issued): string {
  return parseCertificate(certificatePem).certificateId
}

export async function statusOf(call: Call, certificateId: string): Promise<string> {
  const { certificateDescription } = (await call({
    method: 'GET',
    path: `/certificates/${certificateId}`,
  })) as {
    certificateDescription: { status: string }
  }
  return certificateDescription.status
}

/** The lines of `muster explain`. @throws {CommandError} when the journal lacks one of `codes` */
export async function readJournal(
  call: Call,
  certificateId: string,
  codes: readonly string[],
): Promise<string[]> {
  const path = `/muster/v1/explain?subject=${certificateId}`
  const report = (await call({ service: 'muster', method: 'GET', path })) as DeviceReport
  for (const code of codes) {
    const found = report.entries.some((entry) => entry.code === code)
    if (!found) throw new CommandError(`the journal holds no "${code}" entry`)
  }
  return renderReport(report).trimEnd().split('\n')
}
