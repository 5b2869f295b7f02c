import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams } from '@tanstack/react-router'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { useCall } from '../../kit/use-call.ts'

interface Thing {
  thingName: string
  thingArn: string
  thingTypeName?: string
  billingGroupName?: string
  version: number
  attributes?: Record<string, string>
}

const iot = (operation: string, input: object) => ({ service: 'iot', operation, input })

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const describe = iot('DescribeThing', { thingName: id })
  const described = useCall<Thing>(describe)
  const principals = useCall<{ principals?: string[] }>(iot('ListThingPrincipals', { thingName: id }))
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const { thingName, thingArn, thingTypeName, billingGroupName, version, attributes = {} } = described.data
  return (
    <SpaceBetween size="l">
      <Header variant="h1">{shown(thingName)}</Header>
      <Details
        title="Details"
        facts={{
          ARN: shown(thingArn),
          'Thing type': thingTypeName && shown(thingTypeName),
          'Billing group': billingGroupName && shown(billingGroupName),
          Version: version,
          Explain: (
            <PageLink href={`/explain?subject=${encodeURIComponent(thingName)}`}>
              What happened to it
            </PageLink>
          ),
        }}
      />
      <Details
        title="Attributes"
        facts={Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [shown(name), shown(value)]),
        )}
      />
      <Details
        title="Principals"
        facts={Object.fromEntries(
          (principals.data?.principals ?? []).map((arn) => {
            const id = arn.split('/').at(-1) ?? ''
            return [
              `${id.slice(0, 16)}…`,
              <PageLink key={arn} href={`/certificates/${id}`}>
                Certificate
              </PageLink>,
            ]
          }),
        )}
      />
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}
