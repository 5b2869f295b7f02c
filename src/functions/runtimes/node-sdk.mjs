/**
 * Offers both AWS SDKs for JavaScript to functions that bring none, and leads version 2 to where the environment's
 * AWS_ENDPOINT_URL says, which version 3 reads by itself.
 * Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
 */
import { createRequire, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const offered = /^(?:aws-sdk|@aws-sdk|@smithy)(?:\/|$)/
const own = createRequire(import.meta.url)

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context)
    } catch (error) {
      if (!offered.test(specifier)) throw error
      if (context.conditions.includes('import'))
        return next(specifier, { ...context, parentURL: import.meta.url })
      return { url: pathToFileURL(own.resolve(specifier)).href, shortCircuit: true }
    }
  },
  load(url, context, next) {
    const loaded = next(url, context)
    if (!url.endsWith('/aws-sdk/lib/service.js') || loaded.source == null) return loaded
    const source = `${String(loaded.source)}\n;globalThis[Symbol.for('muster.leadServices')](AWS)`
    return { ...loaded, format: loaded.format ?? 'commonjs', source }
  },
})

/** Gives every client of version 2 an endpoint, unless the function's code gave it one. */
globalThis[Symbol.for('muster.leadServices')] = (AWS) => {
  const { initialize } = AWS.Service.prototype
  AWS.Service.prototype.initialize = function initializeWithEndpoint(config) {
    const given = config?.endpoint ?? AWS.config[this.serviceIdentifier]?.endpoint ?? AWS.config.endpoint
    const endpoint = given ?? endpointFor(this.api?.serviceId ?? this.serviceIdentifier ?? '')
    return initialize.call(this, endpoint === undefined ? config : { ...config, endpoint })
  }
}

function endpointFor(serviceId) {
  const suffix = serviceId.toUpperCase().replaceAll(/[^A-Z\d]/g, '_')
  return process.env[`AWS_ENDPOINT_URL_${suffix}`] ?? process.env.AWS_ENDPOINT_URL
}
