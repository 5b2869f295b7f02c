/** As the wizard stands. */
export interface NewDevice {
  thingName: string
  kind: 'made' | 'csr'
  csr: string
  /** The id of a pattern, or `existing`. */
  pattern: string
  policyName: string
}

export const emptyDevice: NewDevice = { thingName: '', kind: 'made', csr: '', pattern: 'own', policyName: '' }
