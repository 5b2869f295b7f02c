/** The way of a connection, with a tick at what was passed and a cross at what stopped it. */
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'

const stages = ['TLS', 'Certificate', 'CA', 'Revocation', 'Registration', 'Policy', 'Session'] as const
type Stage = (typeof stages)[number]

/** Where each reason stops a device, or has taken it. */
const stageOf: Readonly<Record<string, Stage>> = {
  'handshake-failed': 'TLS',
  'connection-limit': 'TLS',
  'proxy-header-refused': 'TLS',
  'domain-disabled': 'TLS',
  'domain-unusable': 'TLS',
  'domain-refused': 'TLS',
  'no-certificate': 'Certificate',
  'certificate-malformed': 'Certificate',
  'certificate-expired': 'Certificate',
  'certificate-not-yet-valid': 'Certificate',
  'certificate-inactive': 'Certificate',
  'certificate-revoked': 'Certificate',
  'certificate-deleted': 'Certificate',
  'certificate-pending-transfer': 'Certificate',
  'certificate-given-away': 'Certificate',
  'ca-unknown': 'CA',
  'ca-inactive': 'CA',
  'ca-expired': 'CA',
  'auto-registration-off': 'CA',
  'revoked-by-crl': 'Revocation',
  'revocation-unknown': 'Revocation',
  'certificate-registered': 'Registration',
  'registration-announced': 'Registration',
  'provisioning-failed': 'Registration',
  'connect-denied': 'Policy',
  'publish-denied': 'Policy',
  'subscribe-denied': 'Policy',
  'receive-denied': 'Policy',
  'will-denied': 'Policy',
  'connect-no-longer-allowed': 'Policy',
  'subscription-no-longer-allowed': 'Policy',
}

interface ChainProps {
  code: string
  isRefusal: boolean
}

export function Chain({ code, isRefusal }: ChainProps) {
  const at = stages.indexOf(stageOf[code] ?? 'Session')
  const isWaiting = code === 'registration-announced' || code === 'certificate-registered'
  const typeOf = (index: number) => {
    if (index < at) return 'success' as const
    if (index > at) return 'not-started' as const
    if (isWaiting) return 'pending' as const
    return isRefusal ? ('error' as const) : ('success' as const)
  }
  return (
    <Container header={<Header variant="h2">How far it got</Header>}>
      <SpaceBetween direction="horizontal" size="l">
        {stages.map((stage, index) => (
          <StatusIndicator key={stage} type={typeOf(index)}>
            {stage}
          </StatusIndicator>
        ))}
      </SpaceBetween>
    </Container>
  )
}
