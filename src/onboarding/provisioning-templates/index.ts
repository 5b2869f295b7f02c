export { provisioningTemplatesOperations } from './operations.ts'
export { provisioningTemplatesPermissions } from './permissions.ts'
export {
  assumeProvisioningRole,
  findTemplateSource,
  lintRegistrationConfig,
  type TemplateSource,
} from './registration-config.ts'
export { findTemplate as findProvisioningTemplate } from './store.ts'
