import * as Catalogue from '../Catalogue.js'
import type { Client } from '../client/createClient.js'
import * as Errors from '../Errors.js'
import { closest } from '../internal/closest.js'
import { printable } from '../internal/printable.js'
import * as Issue from '../Issue.js'
import * as Seedance from '../Seedance.js'
import * as Suggestion from '../Suggestion.js'
import type * as Venice from '../Venice.js'
import * as Video from '../Video.js'
import { findModel } from './findModel.js'
import { readCatalogue } from './readCatalogue.js'

/**
 * Checks a request by its shape, by the published rules and by the catalogue, before anything that
 * costs money is asked for. What the catalogue does not say is left to the server.
 *
 * @throws {@link Video.InvalidRequestError} with the nearest valid request
 * @throws {@link UnknownModelError} {@link ModelOfflineError}
 */
export async function validate(client: Client, input: unknown): Promise<validate.ReturnType> {
  const parsed = Video.Request.safeParse(input)
  if (!parsed.success) {
    const known = Object.keys(Video.Request.shape)
    const issues = Issue.ofZod(parsed.error, { known, value: input })
    throw new Video.InvalidRequestError({ issues, suggestion: await suggest(client, input) })
  }
  const { kin, model, models, stale } = await findModel(client, parsed.data.model)
  if (model.model_spec.offline) throw new ModelOfflineError({ model, models })
  const request = Catalogue.normalize(model, parsed.data)
  const issues = Catalogue.check(model, request)
  if (issues.length > 0)
    throw new Video.InvalidRequestError({
      issues,
      suggestion: Suggestion.nearest(request, { models }),
    })
  return {
    model,
    request,
    warnings: [
      ...(stale === undefined ? [] : [stale]),
      ...(kin === undefined ? [] : [unlisted(request.model, kin)]),
      ...respelled(parsed.data, request),
      ...Catalogue.notesOf(model),
      ...Catalogue.doubtsOf(model, request),
      ...Seedance.warningsOf(request),
    ],
  }
}

export declare namespace validate {
  type ReturnType = {
    /** The row of the model, or that of its kin under its own id. */
    model: Venice.Model
    request: Video.Request
    warnings: string[]
  }
}

function respelled({ duration: given }: Video.Request, { duration }: Video.Request): string[] {
  if (given === undefined || duration === undefined || given === duration) return []
  return [`duration: ${JSON.stringify(given)} read as ${JSON.stringify(duration)}.`]
}

function unlisted(id: string, kin: string): string {
  return printable(
    `Venice does not list ${id}: it was checked against ${kin}, its kin. Unlisted models may ask for consent, cost otherwise, or go away.`,
    500,
  )
}

/** The nearest valid request, if the catalogue can be read: the refusal does not wait for it. */
async function suggest(client: Client, input: unknown): Promise<Video.Request | undefined> {
  try {
    const { models } = await readCatalogue(client)
    return Suggestion.nearest(input, { models })
  } catch {
    return undefined // the request is refused all the same, only without a proposal
  }
}

/** The model is listed, but does not run now. */
export class ModelOfflineError extends Errors.BaseError {
  override readonly code = 'MODEL_OFFLINE'
  override readonly name = 'ModelOfflineError'

  constructor(options: { model: Venice.Model; models: readonly Venice.Model[] }) {
    const { model, models } = options
    const { constraints, deprecation } = model.model_spec
    const kin = models.filter(
      ({ model_spec }) =>
        !model_spec.offline && model_spec.constraints.model_type === constraints.model_type,
    )
    const near = closest(
      model.id,
      kin.map(({ id }) => id),
      3,
    )
    super(`The model ${printable(model.id, 100)} is offline now; nothing was bought.`, {
      facts: [
        ...Catalogue.notesOf(model),
        ...(near.length > 0 ? [printable(`Running: ${near.join(', ')}`)] : []),
      ],
      hint: deprecation
        ? `Quote ${printable(deprecation.replacementModelId ?? 'another model', 100)}: this one will not come back.`
        : 'Quote another model, or try again later.',
    })
  }
}

/** The server does not offer the model here: in this country, or to this wallet. */
export class ModelUnavailableError extends Errors.BaseError {
  override readonly code = 'MODEL_UNAVAILABLE'
  override readonly name = 'ModelUnavailableError'

  constructor({ cause, model, says }: { cause: unknown; model: string; says: readonly string[] }) {
    super(`Venice does not offer the model ${model} here; nothing was bought.`, {
      cause,
      facts: says,
      hint: 'Quote another model.',
    })
  }
}
