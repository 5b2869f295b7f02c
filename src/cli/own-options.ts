/** Options of single commands, apart from what runs these. */
import type { OwnOption } from './command.ts'

export const passphraseOption: OwnOption = {
  option: 'passphrase-file',
  value: 'file',
  summary: 'file with the passphrase that the backup is sealed with',
}

export const dryRunOptions: readonly OwnOption[] = [
  { option: 'ca', value: 'id', summary: 'the CA certificate that the device comes from' },
  { option: 'template', value: 'file or name', summary: 'a template, instead of that of the CA' },
  { option: 'role', value: 'ARN', summary: 'the provisioning role of the template' },
  { option: 'certificate', value: 'file', summary: "the device's certificate" },
  { option: 'subject', value: 'name', summary: 'or the subject of one, such as "CN=lamp-1, O=Acme"' },
  { option: 'client-id', value: 'id', summary: 'as which client it connects; else the name of its thing' },
]
