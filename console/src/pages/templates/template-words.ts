/** What an editor of templates offers while one types. Source: AWS IoT Developer Guide, "Provisioning templates". */
const parameters = [
  'Country',
  'Organization',
  'OrganizationalUnit',
  'DistinguishedNameQualifier',
  'StateName',
  'CommonName',
  'SerialNumber',
  'Id',
].map((name) => `AWS::IoT::Certificate::${name}`)

const members = [
  'Parameters',
  'Mappings',
  'Resources',
  'Type',
  'Default',
  'Properties',
  'OverrideSettings',
  'ThingName',
  'AttributePayload',
  'ThingTypeName',
  'ThingGroups',
  'BillingGroup',
  'CertificateId',
  'Status',
  'ThingPrincipalType',
  'PolicyName',
  'PolicyDocument',
  'AWS::IoT::Thing',
  'AWS::IoT::Certificate',
  'AWS::IoT::Policy',
  'Ref',
  'Fn::Join',
  'Fn::Select',
  'Fn::Split',
  'Fn::Sub',
  'Fn::FindInMap',
]

export const templateWords = [...parameters, ...members].map((label) => ({ label }))

/** To begin with: a thing that is called like the certificate, which may connect under its own name and talk below it. */
export const firstTemplate = JSON.stringify(
  {
    Parameters: {
      'AWS::IoT::Certificate::CommonName': { Type: 'String' },
      'AWS::IoT::Certificate::Id': { Type: 'String' },
    },
    Resources: {
      thing: {
        Type: 'AWS::IoT::Thing',
        Properties: { ThingName: { Ref: 'AWS::IoT::Certificate::CommonName' } },
      },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'ACTIVE' },
      },
      policy: {
        Type: 'AWS::IoT::Policy',
        Properties: {
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: 'iot:Connect',
                Resource: 'arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}',
              },
              {
                Effect: 'Allow',
                Action: ['iot:Publish', 'iot:Receive'],
                Resource: 'arn:aws:iot:*:*:topic/${iot:Connection.Thing.ThingName}/*',
              },
              {
                Effect: 'Allow',
                Action: 'iot:Subscribe',
                Resource: 'arn:aws:iot:*:*:topicfilter/${iot:Connection.Thing.ThingName}/*',
              },
            ],
          },
        },
      },
    },
  },
  undefined,
  2,
)
