// A custom authorizer: lets in who knows the password, or a signed token, as AWS IoT's own functions do.
// What it gets and what it must return: docs/authorizers.md.
const region = process.env.AWS_REGION
const account = '000000000000'
const arn = (resource) => `arn:aws:iot:${region}:${account}:${resource}`

const policyOf = (name) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'iot:Connect', Resource: arn(`client/${name}-*`) },
    { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: arn(`topic/lamps/${name}/*`) },
    { Effect: 'Allow', Action: 'iot:Subscribe', Resource: arn(`topicfilter/lamps/${name}/*`) },
  ],
})

// The user name comes with its query string; the password in base64.
function nameOf({ token, signatureVerified, protocolData }) {
  if (signatureVerified) return token // whoever has the private key vouches for it
  const { username = '', password = '' } = protocolData.mqtt ?? {}
  const [name] = username.split('?')
  return Buffer.from(password, 'base64').toString() === process.env.PASSWORD ? name : undefined
}

export const handler = async (event) => {
  const name = nameOf(event)
  if (!/^[a-zA-Z0-9]{1,128}$/.test(name ?? '')) return { isAuthenticated: false }
  return {
    isAuthenticated: true,
    principalId: name,
    policyDocuments: [policyOf(name)],
    disconnectAfterInSeconds: 86400,
    refreshAfterInSeconds: 300,
  }
}
