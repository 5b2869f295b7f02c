/** How many came lately, and what became of them. */
import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import { useQuery } from '@tanstack/react-query'
import { getOwn } from '../../api/call.ts'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { useReasons } from '../../kit/reason.tsx'
import { Sparkline } from './sparkline.tsx'

interface Stats {
  recent: Record<string, number>
  day: Record<string, number>
  cas: { caCertificateId: string; hours: number[] }[]
}

const refreshMs = 5000
const shownReasons = 5
const shownCas = 8

/** Since the server was started, at most. */
export function Counters() {
  const reasons = useReasons()
  const stats = useQuery({
    queryKey: ['muster', 'stats'],
    queryFn: () => getOwn<Stats>('stats'),
    refetchInterval: refreshMs,
  })
  if (stats.error) return <Failure error={stats.error} />
  const { recent = {}, day = {}, cas = [] } = stats.data ?? {}
  // of devices: a password that was mistyped here is none
  const isRefusal = (code: string) => reasons[code]?.level === 'warn' && !code.startsWith('console-')
  const sum = (counts: Record<string, number>, isWanted: (code: string) => boolean) =>
    Object.entries(counts).reduce((total, [code, count]) => total + (isWanted(code) ? count : 0), 0)
  const kinds: Record<string, (code: string) => boolean> = {
    'Let in': (code) => code === 'connected',
    Provisioned: (code) => code === 'provisioned',
    'Waiting for a decision': (code) => code === 'registration-announced',
    Refused: isRefusal,
  }
  const refusals = Object.entries(day).filter(([code]) => isRefusal(code))
  const most = refusals.toSorted(([, one], [, other]) => other - one).slice(0, shownReasons)
  return (
    <Container>
      <ColumnLayout columns={4} minColumnWidth={130} variant="text-grid">
        {Object.entries(kinds).map(([label, isWanted]) => (
          <div key={label}>
            <Box variant="awsui-key-label">{label}</Box>
            <Box fontSize="heading-xl">{sum(recent, isWanted)}</Box>
            <Box color="text-body-secondary">15 minutes; 24 hours: {sum(day, isWanted)}</Box>
          </div>
        ))}
        {most.map(([code, count]) => (
          <div key={code}>
            <Box variant="awsui-key-label">{code}</Box>
            <PageLink href={`/?code=${encodeURIComponent(code)}`}>{count} in 24 hours</PageLink>
          </div>
        ))}
        {cas.slice(0, shownCas).map(({ caCertificateId, hours }) => (
          <div key={caCertificateId}>
            <PageLink href={`/cas/${caCertificateId}`}>CA {caCertificateId.slice(0, 12)}…</PageLink>
            <Sparkline values={hours} label={`Decisions an hour about devices of CA ${caCertificateId}`} />
          </div>
        ))}
      </ColumnLayout>
    </Container>
  )
}
