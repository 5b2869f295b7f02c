/** Routes of Muster's own that are called like operations of a service `muster`: their IAM action is `muster:<operation>`. */
export const ownOperations: Readonly<Record<string, string>> = {
  ApproveDevice: 'approve',
  DryRun: 'dry-run',
  InspectCertificate: 'inspect',
  RetryRegistration: 'retry',
}
