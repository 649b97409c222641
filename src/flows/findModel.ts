import type { Client } from '../client/createClient.js'
import * as Errors from '../Errors.js'
import * as Families from '../Families.js'
import { closest } from '../internal/closest.js'
import { printable } from '../internal/printable.js'
import type * as Venice from '../Venice.js'
import { readCatalogue } from './readCatalogue.js'

/**
 * Finds the row of a model. An id that Venice does not list, but whose family is known, gets the row
 * of its kin: Venice takes such ids, and its quote is free.
 *
 * @throws {@link UnknownModelError}
 */
export async function findModel(client: Client, id: string): Promise<findModel.ReturnType> {
  const { models, stale } = await readCatalogue(client, { model: id })
  const listed = models.find((model) => model.id === id)
  if (listed) return { model: listed, models, stale }
  const kin = Families.kinOf(id, { models })
  if (!kin) throw new UnknownModelError({ model: id, models })
  return { kin: kin.id, model: { ...kin, id }, models, stale }
}

export declare namespace findModel {
  type ReturnType = {
    /** The listed model that an unlisted one was taken for. */
    kin?: string | undefined
    model: Venice.Model
    models: readonly Venice.Model[]
    /** Why the list is an old one, in words for a person. */
    stale: string | undefined
  }
}

/** Venice has no such video model. */
export class UnknownModelError extends Errors.BaseError {
  override readonly code = 'UNKNOWN_MODEL'
  override readonly name = 'UnknownModelError'

  constructor({ model, models }: { model: string; models: readonly Venice.Model[] }) {
    const ids = models.filter(({ model_spec }) => !model_spec.offline).map(({ id }) => id)
    const near = closest(model, ids, 3)
    super(`There is no video model "${model.slice(0, 80)}".`, {
      facts: near.length > 0 ? [printable(`Closest: ${near.join(', ')}`)] : [],
      hint: 'Call `video_models` (or run `zecchino models`) for the list.',
    })
  }
}
