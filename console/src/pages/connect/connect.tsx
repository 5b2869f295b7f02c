/** Connects one device: its thing, its certificate, what it may do; then the commands, and whether it came. */
import Wizard from '@cloudscape-design/components/wizard'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { getSession } from '../../api/call.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { FormFaults } from '../../kit/field.tsx'
import { useMissingPermissions } from '../../kit/permissions.ts'
import type { CreatedCertificate } from '../certificates/new-certificate.tsx'
import { Connected } from './connected.tsx'
import { patternsIn } from './patterns.ts'
import { carryOut, listCallsOf, type Plan } from './plan.ts'
import { CertificateStep, PolicyStep, Review, ThingStep } from './steps.tsx'
import { emptyDevice, type NewDevice } from './new-device.ts'

export function Page() {
  const router = useRouter()
  const queries = useQueryClient()
  const { data: session } = useQuery({ queryKey: ['session'], queryFn: getSession })
  const [device, setDevice] = useState(emptyDevice)
  const [created, setCreated] = useState<CreatedCertificate>()
  const [step, setStep] = useState(0)
  const making = useMutation({
    mutationFn: (plan: Plan) => carryOut(plan, setCreated),
    onSettled: () => void queries.invalidateQueries(),
  })
  const patterns = session ? patternsIn(session) : []
  const plan = toPlan(device, patterns)
  const [missing] = useMissingPermissions([listCallsOf(plan)])
  if (created) return <Connected created={created} plan={plan} error={making.error} />
  const change = (changed: Partial<NewDevice>) => setDevice({ ...device, ...changed })
  const fault = missing ?? faultOf(step, device)
  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={({ detail }) => {
        if (detail.requestedStepIndex < step || fault === undefined) setStep(detail.requestedStepIndex)
      }}
      onSubmit={() => making.mutate(plan)}
      onCancel={() => router.history.push('/console/things')}
      isLoadingNextStep={making.isPending}
      submitButtonText="Create"
      i18nStrings={words}
      steps={[
        { title: 'Thing', content: <ThingStep device={device} change={change} fault={fault} /> },
        { title: 'Certificate', content: <CertificateStep device={device} change={change} fault={fault} /> },
        {
          title: 'Policy',
          content: <PolicyStep device={device} change={change} patterns={patterns} fault={fault} />,
        },
        {
          title: 'Review and create',
          content: (
            <FormFaults error={making.error}>
              <Review plan={plan} />
              <CliEquivalent calls={listCallsOf(plan)} />
            </FormFaults>
          ),
        },
      ]}
    />
  )
}

const words = {
  stepNumberLabel: (step: number) => `Step ${step}`,
  collapsedStepsLabel: (step: number, steps: number) => `Step ${step} of ${steps}`,
  navigationAriaLabel: 'Steps',
  cancelButton: 'Cancel',
  previousButton: 'Previous',
  nextButton: 'Next',
}

/** What the step still asks for. */
function faultOf(step: number, { thingName, kind, csr, pattern, policyName }: NewDevice): string | undefined {
  if (step === 0 && thingName === '') return 'Give the thing a name first.'
  if (step === 1 && kind === 'csr' && csr.trim() === '') return 'Select the request first.'
  if (step === 2 && pattern === 'existing' && policyName === '') return 'Choose a policy first.'
  return undefined
}

function toPlan(
  { thingName, kind, csr, pattern, policyName }: NewDevice,
  patterns: ReturnType<typeof patternsIn>,
): Plan {
  const chosen = patterns.find(({ id }) => id === pattern)
  return {
    thingName,
    csr: kind === 'csr' ? csr : '',
    ...(chosen ? { policyName: chosen.policyName, policyDocument: chosen.document } : { policyName }),
  }
}
