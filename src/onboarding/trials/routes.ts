/** Muster's own API: what would become of a device, and another try for one that waits. */
import type { CallContext } from '../../api/aws/operations.ts'
import { formatArn, iotArn, type ArnScope } from '../../lib/arn.ts'
import type { Onboarding } from '../admission/index.ts'
import { dryRun, type DryRunDeps } from './dry-run.ts'
import { inspect } from './inspection.ts'
import { readDryRun, readInspection, readRetry } from './requests.ts'

type Context = Pick<CallContext, 'accountId' | 'region' | 'sourceIp' | 'caller' | 'authorize'>
type Handle = (query: URLSearchParams, context: Context, body: Uint8Array) => Promise<unknown>

interface TrialRoute {
  method: 'POST'
  path: string
  action: string
  resource: (body: Uint8Array) => readonly string[]
  handle: Handle
}

export interface TrialRoutesDeps extends DryRunDeps {
  onboarding: Pick<Onboarding, 'rehearse' | 'retry' | 'approve' | 'replay'>
}

/** `POST /muster/v1/dry-run`, `/muster/v1/inspect`, `/muster/v1/retry`, `/muster/v1/approve`. */
export function trialRoutes(deps: TrialRoutesDeps, scope: ArnScope): TrialRoute[] {
  const { onboarding } = deps
  const again = { path: '/muster/v1/retry', action: 'muster:RetryRegistration', decide: onboarding.retry }
  const approval = { path: '/muster/v1/approve', action: 'muster:ApproveDevice', decide: onboarding.approve }
  return [
    dryRunRoute(deps, scope),
    inspectRoute(deps, scope),
    decisionRoute(deps, scope, again),
    decisionRoute(deps, scope, { ...approval, isApproval: true }),
  ]
}

const onboardingArn = (scope: ArnScope) => formatArn({ service: 'muster', ...scope, resource: 'onboarding' })
const caArn = (scope: ArnScope, id: string) => iotArn(scope, `cacert/${id}`)

function dryRunRoute(deps: TrialRoutesDeps, scope: ArnScope): TrialRoute {
  return {
    method: 'POST',
    path: '/muster/v1/dry-run',
    action: 'muster:DryRun',
    resource: (body) => {
      const { caCertificateId, templateName } = readDryRun(body)
      const named = [
        ...(caCertificateId === undefined ? [] : [caArn(scope, caCertificateId)]),
        ...(templateName === undefined ? [] : [iotArn(scope, `provisioningtemplate/${templateName}`)]),
      ]
      return named.length > 0 ? named : [onboardingArn(scope)]
    },
    handle: async (_query, { accountId, region, sourceIp, authorize }, body) => {
      const asked = readDryRun(body)
      const { provisioningRoleArn: role } = asked
      // as whoever makes a template with this role needs it
      if (role !== undefined)
        await authorize('iam:PassRole', role, { 'iam:PassedToService': 'iot.amazonaws.com' })
      return dryRun(deps, { ...asked, accountId, region, sourceIp })
    },
  }
}

function inspectRoute(deps: TrialRoutesDeps, scope: ArnScope): TrialRoute {
  return {
    method: 'POST',
    path: '/muster/v1/inspect',
    action: 'muster:InspectCertificate',
    resource: () => [onboardingArn(scope)],
    handle: async (_query, { accountId, sourceIp }, body) =>
      inspect(deps, { ...readInspection(body), accountId, sourceIp }),
  }
}

interface Decision {
  path: string
  action: string
  /** About one certificate; all of a CA are replayed. */
  decide: Onboarding['retry' | 'approve']
  isApproval?: boolean
}

/** About certificates that wait: one, or all of a CA. */
function decisionRoute(deps: TrialRoutesDeps, scope: ArnScope, decision: Decision): TrialRoute {
  const { onboarding, now } = deps
  const { path, action, decide, isApproval = false } = decision
  return {
    method: 'POST',
    path,
    action,
    resource: (body) => {
      const asked = readRetry(body, now())
      if ('certificateId' in asked) return [iotArn(scope, `cert/${asked.certificateId}`)]
      return [caArn(scope, asked.caCertificateId)]
    },
    handle: async (_query, { accountId, sourceIp, caller }, body) => {
      const asked = readRetry(body, now())
      const who = { accountId, sourceIp, by: caller.arn }
      if ('certificateId' in asked) return decide({ ...who, ...asked })
      return onboarding.replay({ ...who, ...asked, isApproval })
    },
  }
}
