import type { CertificateMode, CertificateStatus } from '@aws-sdk/client-iot'

interface RegistrationCodeRow {
  account_id: string
  /** 64 lowercase hex digits. */
  code: string
}

interface CaCertificateRow {
  account_id: string
  /** SHA-256 of the DER, 64 lowercase hex digits. */
  certificate_id: string
  certificate_arn: string
  certificate_pem: string
  /** Equal for equal subjects; what an issuer is looked up by. */
  subject_key: string
  status: 'ACTIVE' | 'INACTIVE'
  auto_registration_status: 'ENABLE' | 'DISABLE'
  certificate_mode: CertificateMode
  template_body: string | null
  role_arn: string | null
  template_name: string | null
  not_before: number
  not_after: number
  created_at: number
  modified_at: number
  customer_version: number
  generation_id: string
  /** When it is to be told next that it is about to expire. */
  expiry_notice_at: number | null
}

interface CertificateRow {
  account_id: string
  /** SHA-256 of the DER, 64 lowercase hex digits. */
  certificate_id: string
  region: string
  certificate_pem: string
  status: CertificateStatus
  ca_certificate_id: string | null
  certificate_mode: CertificateMode
  not_before: number
  not_after: number
  created_at: number
  modified_at: number
  customer_version: number
  generation_id: string
  /** Why it still is PENDING_ACTIVATION, for a person. */
  pending_reason: string | null
  /** Both as `src/lib/certificate-names.ts` writes them. */
  serial_number: string | null
  common_name: string | null
  /** Of a claim that CreateProvisioningClaim gave out: the template that it is for. */
  claim_template: string | null
  /** When a person said that its device may come. */
  approved_at: number | null
  /** By what its device is known again: hex; null where it cannot be read. */
  public_key_sha256: string | null
  common_name_sha256: string | null
  /** The certificate that has taken its place. */
  replaced_by: string | null
  /** When that ends it. */
  retires_at: number | null
  /** When it is to be told next that it is about to expire. */
  expiry_notice_at: number | null
  /** The account that it is being transferred to, which has not accepted it yet. */
  transferred_to: string | null
  /** The account that it was accepted from. */
  previous_owned_by: string | null
  /** What is told of its last transfer, JSON. */
  transfer_data: string | null
}

/** A certificate that another account has accepted from this one. */
interface CertificateGivenAwayRow {
  account_id: string
  certificate_id: string
  transferred_to: string
  accepted_at: number
}

/** How many certificates there are of each CA that is or was registered. */
interface CaDevicesRow {
  account_id: string
  ca_certificate_id: string
  devices: number
}

interface TagRow {
  account_id: string
  resource_arn: string
  key: string
  value: string
}

export interface CertificatesTables {
  registration_codes: RegistrationCodeRow
  ca_certificates: CaCertificateRow
  certificates: CertificateRow
  certificates_given_away: CertificateGivenAwayRow
  ca_devices: CaDevicesRow
  tags: TagRow
}
