/** What a new function begins with. */
const node = `exports.handler = async (event) => {
  // TODO implement
  const response = {
    statusCode: 200,
    body: JSON.stringify('Hello from Lambda!'),
  }
  return response
}
`

const python = `import json

def lambda_handler(event, context):
    # TODO implement
    return {
        'statusCode': 200,
        'body': json.dumps('Hello from Lambda!')
    }
`

interface FirstCode {
  path: string
  text: string
  handler: string
}

export const firstCode = (runtime: string): FirstCode =>
  runtime.startsWith('python')
    ? { path: 'lambda_function.py', text: python, handler: 'lambda_function.lambda_handler' }
    : { path: 'index.js', text: node, handler: 'index.handler' }
