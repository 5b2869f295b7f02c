import SpaceBetween from '@cloudscape-design/components/space-between'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { SelectField } from '../../kit/field.tsx'
import { DiffView } from '../../kit/diff-view.tsx'
import { Failure } from '../../kit/failure.tsx'
import { indentJson } from '../../kit/json-text.ts'
import { RelatedTable } from '../../kit/related-table.tsx'
import { Time } from '../../kit/time-cell.tsx'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { listVersions, type Policy, type PolicyVersion } from './policy.ts'

const versionsIn = (output: Record<string, unknown>) => (output['policyVersions'] ?? []) as PolicyVersion[]

/** Every version, and what one of them changes against the active one. */
export function Versions({ policy }: { policy: Policy }) {
  const { policyName } = policy
  return (
    <SpaceBetween size="l">
      <RelatedTable<PolicyVersion>
        title="All versions"
        description="At most five: delete one to make another."
        call={listVersions(policyName)}
        itemsOf={versionsIn}
        idOf={({ versionId }) => versionId}
        columns={[
          { header: 'Version', cell: ({ versionId }) => versionId },
          { header: 'Status', cell: ({ isDefaultVersion }) => (isDefaultVersion ? 'Active' : '–') },
          { header: 'Created', cell: ({ createDate }) => <Time at={createDate} /> },
        ]}
        actionsOf={({ versionId, isDefaultVersion }) => {
          const disabledReason = isDefaultVersion ? 'It is the active version' : undefined
          return [
            {
              label: 'Set as active',
              question: 'From then on it decides, for those that are connected too.',
              operation: iot('SetDefaultPolicyVersion', { policyName, policyVersionId: versionId }),
              disabledReason,
            },
            {
              label: 'Delete',
              question: `Version ${versionId} is gone for good.`,
              operation: iot('DeletePolicyVersion', { policyName, policyVersionId: versionId }),
              disabledReason,
            },
          ]
        }}
      />
      <Difference policy={policy} />
    </SpaceBetween>
  )
}

function Difference({ policy }: { policy: Policy }) {
  const { policyName, policyDocument, defaultVersionId } = policy
  const { compare = defaultVersionId } = useSearch({ strict: false }) as { compare?: string }
  const navigate = useNavigate()
  const listed = useCall<Record<string, unknown>>(listVersions(policyName))
  const get = iot('GetPolicyVersion', { policyName, policyVersionId: compare })
  const other = useCall<{ policyDocument: string }>(get)
  return (
    <SpaceBetween size="s">
      <SelectField
        label="Compare the active version with"
        value={compare}
        choices={versionsIn(listed.data ?? {}).map(({ versionId }) => ({ value: versionId }))}
        onChange={(value) =>
          void navigate({
            to: '.',
            search: (previous: object) => ({ ...previous, compare: value }),
            replace: true,
          } as never)
        }
      />
      {other.error ? <Failure error={other.error} /> : null}
      {other.data ? (
        <DiffView
          before={indentJson(other.data.policyDocument)}
          after={indentJson(policyDocument)}
          label={`From ${compare} to the active version`}
        />
      ) : null}
    </SpaceBetween>
  )
}
