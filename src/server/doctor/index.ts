export { examine } from './doctor.ts'
export { checkPorts } from './ports.ts'
export type { Finding } from './finding.ts'
