// Just-in-time registration, AWS SDK v2, callbacks. Takes the registration event, gives the device a policy of its
// own, and activates its certificate. Safe to run again: what exists already is kept.
const AWS = require('aws-sdk')

const iot = new AWS.Iot({ region: 'us-east-1', apiVersion: '2015-05-28' })

exports.handler = (event, context, callback) => {
  const region = 'us-east-1'
  const accountId = event.awsAccountId.toString().trim()
  const certificateId = event.certificateId.toString().trim()
  const arn = (resource) => `arn:aws:iot:${region}:${accountId}:${resource}`
  const policyName = `Policy_${certificateId}`
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'iot:Connect', Resource: arn(`client/${certificateId}`) },
      {
        Effect: 'Allow',
        Action: ['iot:Publish', 'iot:Receive'],
        Resource: arn(`topic/foo/bar/${certificateId}/*`),
      },
      { Effect: 'Allow', Action: 'iot:Subscribe', Resource: arn(`topicfilter/foo/bar/${certificateId}/#`) },
    ],
  })
  const isThere = (error) => error && error.code === 'ResourceAlreadyExistsException'

  iot.createPolicy({ policyName, policyDocument }, (error) => {
    if (error && !isThere(error)) return callback(error)
    iot.attachPrincipalPolicy({ policyName, principal: arn(`cert/${certificateId}`) }, (error) => {
      if (error && !isThere(error)) return callback(error)
      iot.updateCertificate({ certificateId, newStatus: 'ACTIVE' }, (error) => {
        if (error) return callback(error)
        console.log('activated', certificateId)
        callback(null, `activated ${certificateId}`)
      })
    })
  })
}
