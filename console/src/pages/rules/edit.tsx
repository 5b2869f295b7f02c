import { useParams } from '@tanstack/react-router'
import { Failure } from '../../kit/failure.tsx'
import { shown } from '../../kit/shown.ts'
import { useCall } from '../../kit/use-call.ts'
import { toDraft, type GotRule } from './rule.ts'
import { RuleForm } from './rule-form.tsx'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const got = useCall<GotRule>({ service: 'iot', operation: 'GetTopicRule', input: { ruleName: id } })
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  return (
    <RuleForm
      title={`Edit rule ${shown(id)}`}
      submitLabel="Update"
      operation="ReplaceTopicRule"
      initial={toDraft(got.data)}
      cancelHref={`/rules/${encodeURIComponent(id)}`}
    />
  )
}
