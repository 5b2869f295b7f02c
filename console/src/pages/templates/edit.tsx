/** A new version of a template. */
import Checkbox from '@cloudscape-design/components/checkbox'
import { useParams, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { Failure } from '../../kit/failure.tsx'
import { FormPage } from '../../kit/form.tsx'
import { indentJson } from '../../kit/json-text.ts'
import { shown } from '../../kit/shown.ts'
import { useCall } from '../../kit/use-call.ts'
import { TemplateEditor } from './editor.tsx'
import { describeTemplate, iot, pathOf, type Template } from './template.ts'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const described = useCall<Template>(describeTemplate(id))
  if (described.error) return <Failure error={described.error} />
  return described.data ? <NewVersion template={described.data} /> : null
}

function NewVersion({ template }: { template: Template }) {
  const { templateName, provisioningRoleArn } = template
  const router = useRouter()
  const [templateBody, setBody] = useState(() => indentJson(template.templateBody))
  const [setAsDefault, setDefault] = useState(true)
  return (
    <FormPage
      title={`Create version of ${shown(templateName)}`}
      submitLabel="Create version"
      calls={iot('CreateProvisioningTemplateVersion', { templateName, templateBody, setAsDefault })}
      cancelHref={pathOf(templateName)}
      onDone={() => router.history.push(`/console${pathOf(templateName)}`)}
    >
      <TemplateEditor body={templateBody} onChange={setBody} roleArn={provisioningRoleArn} />
      <Checkbox
        checked={setAsDefault}
        onChange={({ detail }) => setDefault(detail.checked)}
        description="Devices are provisioned by it from now on."
      >
        Set as default version
      </Checkbox>
    </FormPage>
  )
}
