import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { LikelyActions } from '../../kit/likely-actions.tsx'
import { Pem } from '../../kit/pem.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { Status } from '../../kit/status.tsx'
import { Tags, useTags } from '../../kit/tags.tsx'
import { showTime } from '../../kit/time.ts'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useCall } from '../../kit/use-call.ts'
import { iot, linked, markers, status, time, valueOf, type Row } from '../resources/list.tsx'
import { caActions } from './actions.ts'
import { describeCa, type DescribedCa } from './ca.ts'
import { firstConnectionOf } from './first-connection.ts'
import { FirstConnectionForm } from './first-connection-form.tsx'
import { Registration } from './registration.tsx'
import { ReplayForm } from '../trials/replay-form.tsx'
import { inspectCall, useNames } from '../trials/use-names.tsx'
import { retryCall } from '../trials/retry.ts'

const dryRun = { service: 'muster', operation: 'DryRun' }

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const described = useCall<DescribedCa>(describeCa(id))
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const { certificateDescription: ca, registrationConfig = {} } = described.data
  const actions = [
    ...caActions([ca], () => router.history.push('/console/cas')),
    { label: 'Dry run', href: `/dry-run?ca=${id}`, needs: dryRun },
    {
      label: 'Try waiting devices again',
      needs: retryCall(''),
      form: (close: () => void) => <ReplayForm caCertificateId={id} onClose={close} />,
    },
  ]
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<LikelyActions actions={actions} />}>
        CA certificate
      </Header>
      <CaFacts described={described.data} />
      <UrlTabs
        tabs={[
          { id: 'certificates', label: 'Certificates', content: <Issued caCertificateId={id} /> },
          {
            id: 'registration',
            label: 'Registration configuration',
            content: <Registration certificateId={id} config={registrationConfig} />,
          },
          {
            id: 'certificate',
            label: 'Certificate',
            content: (
              <Pem title="CA certificate" pem={ca.certificatePem} file={`ca-${id.slice(0, 16)}.pem`} />
            ),
          },
          { id: 'tags', label: 'Tags', content: <Tags resourceArn={ca.certificateArn} /> },
        ]}
      />
      <CliEquivalent calls={[describeCa(id), inspectCall('')]} />
    </SpaceBetween>
  )
}

function CaFacts({ described }: { described: DescribedCa }) {
  const { certificateDescription: ca, registrationConfig: config = {} } = described
  const tags = useTags(ca.certificateArn)
  const names = useNames(ca.certificatePem)
  const hasTemplate = config.templateName !== undefined || config.templateBody !== undefined
  return (
    <Details
      title="Details"
      actions={
        <ActionsMenu
          label="Edit"
          actions={[
            {
              label: 'First connection and revocation list',
              disabledReason: tags ? undefined : 'The tags are not known yet',
              needs: [iot('TagResource'), iot('UntagResource')],
              form: (close) => (
                <FirstConnectionForm resourceArn={ca.certificateArn} before={tags ?? {}} onClose={close} />
              ),
            },
          ]}
        />
      }
      facts={{
        'CA certificate ID': <Copyable text={ca.certificateId} what="the ID" />,
        Status: <Status value={ca.status} />,
        'Auto-registration': <Status value={ca.autoRegistrationStatus} />,
        'CA certificate ARN': <Copyable text={ca.certificateArn} what="the ARN" />,
        ...names,
        Mode: ca.certificateMode,
        Registered: showTime(ca.creationDate),
        'Valid until': showTime(ca.validity?.notAfter),
        'Provisioning template':
          config.templateName ?? (hasTemplate ? 'its own' : '– (devices are announced to rules)'),
        'Provisioning role': config.roleArn,
        'First connection': tags && firstConnectionOf(tags, hasTemplate),
        'Revocation list': tags?.['muster:crl'],
      }}
    />
  )
}

/** Those that it has signed. */
function Issued({ caCertificateId }: { caCertificateId: string }) {
  return (
    <RelatedTable<Row>
      title="Certificates that it has signed"
      call={iot('ListCertificatesByCA', { caCertificateId, pageSize: 50 })}
      paging={markers}
      itemsOf={(output) => (output['certificates'] ?? []) as Row[]}
      idOf={(row) => valueOf(row, 'certificateId')}
      columns={[
        { header: 'Certificate ID', cell: linked('certificateId', '/certificates') },
        { header: 'Status', cell: status('status') },
        { header: 'Created', cell: time('creationDate') },
      ]}
    />
  )
}
