import { newRule } from './rule.ts'
import { RuleForm } from './rule-form.tsx'

export const Page = () => (
  <RuleForm
    title="Create rule"
    submitLabel="Create"
    operation="CreateTopicRule"
    initial={newRule}
    cancelHref="/rules"
  />
)
