import FileUpload from '@cloudscape-design/components/file-upload'
import Textarea from '@cloudscape-design/components/textarea'
import { Field } from './field.tsx'

interface PemFieldProps {
  label: string
  member: string
  /** Of the button, e.g. `Select CA certificate`. */
  buttonLabel: string
  description?: string
  placeholder?: string
  value: string
  onChange: (pem: string) => void
}

/** A file, or its text. */
export function PemField(props: PemFieldProps) {
  const { label, member, buttonLabel, description = 'PEM', value, onChange } = props
  const { placeholder = '-----BEGIN CERTIFICATE-----' } = props
  return (
    <Field
      label={label}
      member={member}
      description={description}
      stretch
      secondaryControl={
        <FileUpload
          value={[]}
          accept=".pem,.crt,.cer,.csr"
          i18nStrings={{
            uploadButtonText: () => buttonLabel,
            dropzoneText: () => 'Drop the file',
            removeFileAriaLabel: () => 'Remove the file',
            errorIconAriaLabel: 'Error',
          }}
          onChange={({ detail }) => void detail.value[0]?.text().then(onChange)}
        />
      }
    >
      <Textarea
        value={value}
        rows={6}
        spellcheck={false}
        ariaLabel={label}
        placeholder={placeholder}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </Field>
  )
}
