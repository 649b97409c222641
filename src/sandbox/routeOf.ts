import * as X402 from '../X402.js'
import type { routes as faultRoutes } from './faults.js'

/** Where a request goes, in the words that faults are set for; `other` for everything else. */
export type RouteName = Exclude<(typeof faultRoutes)[number], '*' | 'top-up'> | 'other'

const routes: readonly (readonly [method: string, path: RegExp, name: RouteName])[] = [
  ['GET', /^\/api\/v1\/models$/, 'models'],
  ['POST', /^\/api\/v1\/video\/quote$/, 'quote'],
  ['POST', /^\/api\/v1\/video\/queue$/, 'queue'],
  ['POST', /^\/api\/v1\/video\/retrieve$/, 'retrieve'],
  ['POST', /^\/api\/v1\/video\/complete$/, 'complete'],
  ['POST', /^\/api\/v1\/x402\/top-up$/, 'top-up-discovery'],
  ['GET', /^\/api\/v1\/x402\/balance\//, 'balance'],
  ['GET', /^\/api\/v1\/x402\/transactions\//, 'transactions'],
  ['GET', /^\/storage\//, 'download'],
  ['POST', /^\/__sandbox\/rpc$/, 'rpc'],
]

/** Names the route of a request. A top-up with a payment header is another one than without. */
export function routeOf(request: Request, pathname: string): RouteName {
  const name = routes.find(
    ([method, path]) => method === request.method && path.test(pathname),
  )?.[2]
  if (name !== 'top-up-discovery') return name ?? 'other'
  return paymentOf(request) === undefined ? name : 'top-up-payment'
}

/** The payment header under any of its names. */
export function paymentOf(request: Request): string | undefined {
  return X402.headers.payment
    .map((name) => request.headers.get(name))
    .find((value) => value !== null && value !== '') as string | undefined
}
