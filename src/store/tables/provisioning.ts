export interface ProvisioningTables {}
