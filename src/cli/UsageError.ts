import * as Errors from '../Errors.js'

/** The command line asks for something that does not exist or does not fit. */
export class UsageError extends Errors.BaseError {
  override readonly code = 'USAGE'
  override readonly name = 'UsageError'

  constructor({ reason }: { reason: string }) {
    super(reason, { hint: 'Run the command with --help for its usage.' })
  }
}
