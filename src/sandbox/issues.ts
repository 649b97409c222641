import type { Request } from './queueBody.js'
import type { Issue } from './readJson.js'

/** Refuses a field that the model does not take, in Venice's words. */
export function forbid(request: Request, name: keyof Request): Issue[] {
  return issue(request[name] !== undefined, name, `This model does not support ${name}`)
}

/** A complaint about a field, if there is one. */
export function issue(wrong: boolean, name: string, message: string): Issue[] {
  return wrong ? [at(name, message)] : []
}

/** A complaint about a field. */
export function at(name: string, message: string): Issue {
  return { message, path: [name] }
}
