export type { CertificateFacts, Inspection } from './inspection.ts'
export type { CaFacts, DryRunReport, Verdict } from './report.ts'
export { trialRoutes } from './routes.ts'
