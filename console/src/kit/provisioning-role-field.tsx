import { ServiceRoleField } from './service-role-field.tsx'

interface ProvisioningRoleFieldProps {
  member: string
  value: string
  onChange: (roleArn: string) => void
}

/** The role that a provisioning template acts in: chosen, or made here. */
export const ProvisioningRoleField = (props: ProvisioningRoleFieldProps) => (
  <ServiceRoleField
    label="Provisioning role"
    description="In its name the template makes things, policies, and what ties them to the certificate."
    service="iot.amazonaws.com"
    statement={statement}
    suggestedName="JITPRole"
    {...props}
  />
)

/** What the steps of templates ask of the role. */
const statement = {
  Effect: 'Allow',
  Action: [
    'iot:CreateThing',
    'iot:UpdateThing',
    'iot:AttachThingPrincipal',
    'iot:AddThingToThingGroup',
    'iot:RemoveThingFromThingGroup',
    'iot:AddThingToBillingGroup',
    'iot:CreatePolicy',
    'iot:AttachPolicy',
    'iot:UpdateCertificate',
  ],
  Resource: '*',
}
