/** Finds what a function's `Handler` names: `<path of the file>.<export>`, where the export may be nested. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

function named(name, message, cause) {
  const error = new Error(message)
  error.name = name
  if (cause?.stack !== undefined) error.stack = `${name}: ${message}\n${cause.stack}`
  return error
}

/** @throws {Error} named as Lambda names it: `Runtime.ImportModuleError`, `Runtime.HandlerNotFound`, ... */
export async function loadHandler(taskRoot, handlerName) {
  if (handlerName.includes('..'))
    throw named(
      'Runtime.MalformedHandlerName',
      `'${handlerName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    )
  const [, file, path] = /^([^.]*)\.(.+)$/.exec(basename(handlerName)) ?? []
  if (file === undefined) throw named('Runtime.MalformedHandlerName', 'Bad handler')
  const exports = await load(taskRoot, join(dirname(handlerName), file))
  const handler = path.split('.').reduce((value, step) => value?.[step], exports)
  if (handler === undefined)
    throw named('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`)
  if (typeof handler !== 'function')
    throw named('Runtime.HandlerNotFound', `${handlerName} is not a function`)
  return handler
}

async function load(taskRoot, path) {
  const stem = resolve(taskRoot, path)
  try {
    for (const ending of ['', '.js', '.mjs', '.cjs']) {
      const file = `${stem}${ending}`
      if (!existsSync(file) || (ending === '' && existsSync(`${stem}.js`))) continue
      return await loadFile(file)
    }
    return createRequire(join(taskRoot, 'index.js'))(stem)
  } catch (error) {
    if (error instanceof SyntaxError)
      throw named('Runtime.UserCodeSyntaxError', `${error.name}: ${error.message}`, error)
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND')
      throw named('Runtime.ImportModuleError', `${error.name}: ${error.message}`, error)
    throw error
  }
}

/** Through `import`, which takes either kind of module; a CommonJS module's exports are its default. */
async function loadFile(file) {
  const isModule = file.endsWith('.mjs')
  if (!isModule) {
    try {
      return createRequire(file)(file)
    } catch (error) {
      if (error?.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error
    }
  }
  return import(pathToFileURL(file).href)
}
