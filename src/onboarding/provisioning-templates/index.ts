export { provisioningTemplatesOperations } from './operations.ts'
export { provisioningTemplatesPermissions } from './permissions.ts'
export {
  findTemplateSource,
  lintRegistrationConfig,
  openProvisioningRole,
  type TemplateSource,
} from './registration-config.ts'
export { templateArn, type ProvisioningTemplate } from './provisioning-template.ts'
export {
  findTemplate as findProvisioningTemplate,
  getTemplate as getProvisioningTemplate,
  getVersion as getTemplateVersion,
} from './store.ts'
