/** Options of single commands, apart from what runs these. */
import type { OwnOption } from './command.ts'

export const passphraseOption: OwnOption = {
  option: 'passphrase-file',
  value: 'file',
  summary: 'file with the passphrase that the backup is sealed with',
}

export const atOption: OwnOption = {
  option: 'at',
  value: 'time',
  summary: 'of copies (--wal-copies): as it was then; else all that was copied',
}

export const dryRunOptions: readonly OwnOption[] = [
  { option: 'ca', value: 'id', summary: 'the CA certificate that the device comes from' },
  { option: 'template', value: 'file or name', summary: 'a template, instead of that of the CA' },
  { option: 'role', value: 'ARN', summary: 'the provisioning role of the template' },
  { option: 'certificate', value: 'file', summary: "the device's certificate" },
  { option: 'subject', value: 'name', summary: 'or the subject of one, such as "CN=lamp-1, O=Acme"' },
  { option: 'client-id', value: 'id', summary: 'as which client it connects; else the name of its thing' },
]

export const copyOptions: readonly OwnOption[] = [
  { option: 'from', value: 'URL or aws', summary: 'where is copied from' },
  {
    option: 'from-data-dir',
    value: 'dir',
    summary: 'or the data directory of a Muster here; its root key is used',
  },
  {
    option: 'from-profile',
    value: 'name',
    summary: 'profile of the AWS configuration; else its usual credentials',
  },
  { option: 'to', value: 'URL or aws', summary: 'where is copied to' },
  {
    option: 'to-data-dir',
    value: 'dir',
    summary: 'or the data directory of a Muster here; its root key is used',
  },
  {
    option: 'to-profile',
    value: 'name',
    summary: 'profile of the AWS configuration; else its usual credentials',
  },
  { option: 'plan', summary: 'only say what would be made, and what is in the way' },
  { option: 'only', value: 'kinds', summary: 'such as things,policies' },
  { option: 'proofs', value: 'dir', summary: 'proofs of possession of CAs for the destination: <CA id>.pem' },
  { option: 'json', summary: 'the report as JSON' },
]
