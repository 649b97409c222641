// The built command line without its first file, which decides what to load; for bundleWorker.
import { createProgram } from '../../../dist/cli/createProgram.js'

if (process.argv[2] !== 'compile') void createProgram().parseAsync()
