/** What Muster's own routes answer, for those who ask. */
export type {
  CaFacts,
  CertificateFacts,
  DryRunReport,
  Inspection,
  Verdict,
} from '../onboarding/trials/index.ts'
export type { Replayed, Retried } from '../onboarding/admission/index.ts'
