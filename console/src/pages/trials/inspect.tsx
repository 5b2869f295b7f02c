/** What a certificate is, who signed it, what is known of it, and what would happen if it connected now. */
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { PemField } from '../../kit/pem-field.tsx'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { useSettled } from '../../kit/use-settled.ts'
import type { CaFacts, Inspection } from './report.ts'
import { inspectCall } from './use-names.tsx'
import { VerdictAlert } from './verdict.tsx'

export function Page() {
  const [pem, setPem] = useState('')
  const asked = useSettled(pem)
  const inspect = inspectCall(asked)
  const found = useQuery({
    queryKey: ['muster', 'inspect', asked],
    queryFn: () => call<Inspection>(inspect),
    enabled: asked.trim() !== '',
  })
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="What it is, who signed it, and what would happen if it connected now. Nothing is made."
        actions={<Button onClick={() => void found.refetch()}>Look again</Button>}
      >
        Inspect a certificate
      </Header>
      <Container>
        <PemField
          label="Certificate"
          member="pem"
          buttonLabel="Select certificate"
          description="PEM: one certificate, or a chain that begins with the device's. Never a private key."
          value={pem}
          onChange={setPem}
        />
      </Container>
      {found.error ? <Failure error={found.error} /> : null}
      {found.data ? <Found inspection={found.data} /> : null}
      <CliEquivalent calls={[inspect]} />
    </SpaceBetween>
  )
}

function Found({ inspection }: { inspection: Inspection }) {
  const { certificates, signedBy, namesake, registeredCa, registration, verdict } = inspection
  return (
    <SpaceBetween size="l">
      {verdict ? <VerdictAlert verdict={verdict} /> : null}
      {certificates.map((facts) => (
        <CertificateView key={facts.certificateId} facts={facts} />
      ))}
      {registration ? (
        <Details
          title="Registration"
          facts={{
            Status: <Status value={registration.status} />,
            'Why it waits': registration.pendingReason && shown(registration.pendingReason),
            Registered: showTime(registration.registered),
            Things: registration.things.map(shown).join(', ') || '–',
            Policies: registration.policies.map(shown).join(', ') || '–',
            Certificate: (
              <PageLink href={`/certificates/${certificates[0]?.certificateId ?? ''}`}>View</PageLink>
            ),
          }}
        />
      ) : null}
      {registeredCa ? <Ca title="Registered as CA certificate" ca={registeredCa} /> : null}
      {signedBy ? <Ca title="Signed by" ca={signedBy} /> : null}
      {namesake ? <Ca title="Named like, but not signed by" ca={namesake} /> : null}
    </SpaceBetween>
  )
}

function CertificateView({ facts }: { facts: Inspection['certificates'][number] }) {
  const { certificateId, fault, isSignedByNext } = facts
  return (
    <Details
      title={facts.isCa ? 'CA certificate' : 'Certificate'}
      facts={{
        Subject: <span className="anywhere">{shown(facts.subject)}</span>,
        Issuer: <span className="anywhere">{shown(facts.issuer)}</span>,
        'Certificate ID': <Copyable text={certificateId} what="the ID" />,
        'Serial number': <span className="anywhere">{facts.serialNumber}</span>,
        Validity: `${showTime(facts.notBefore)} to ${showTime(facts.notAfter)}`,
        Key: `${facts.key}, ${facts.signatureAlgorithm}`,
        ...(fault !== undefined && {
          'What is wrong': <StatusIndicator type="error">It {shown(fault)}</StatusIndicator>,
        }),
        ...(isSignedByNext !== undefined && {
          Chain: isSignedByNext ? 'Signed by the next one' : 'Not signed by the next one',
        }),
      }}
    />
  )
}

function Ca({ title, ca }: { title: string; ca: CaFacts }) {
  return (
    <Details
      title={title}
      facts={{
        'CA certificate': (
          <PageLink href={`/cas/${ca.certificateId}`}>{ca.certificateId.slice(0, 16)}…</PageLink>
        ),
        Subject: <span className="anywhere">{shown(ca.subject)}</span>,
        Status: <Status value={ca.status} />,
        'Auto-registration': <Status value={ca.autoRegistrationStatus} />,
        'Provisioning template': ca.template === undefined ? '–' : shown(ca.template),
      }}
    />
  )
}
