import type * as Policy from '../../../src/Policy.js'
import type { FaultInput } from '../../../src/sandbox/faults.js'
import type { Point } from '../../crash/createStage.js'
import type { Scene } from './killsPlan.js'
import type { Outage } from './outagesPlan.js'
import type { Trouble } from './trouble.js'
import type { Word } from './words.js'

/** How a process ends: at once, or as one that is asked to. */
export type Ending = 'SIGKILL' | 'SIGTERM' | 'close'

/** Where a process is when a trouble of a disk or a ledger begins, by its name. */
export type Onset = Omit<Point, 'signal'> & { trouble: string }

/** Something that happens in the world, or that somebody does. */
export type Happening =
  /** Faults are switched on; with a name they can be switched off. */
  | { do: 'faults'; faults: readonly FaultInput[]; name?: string }
  | { do: 'lift'; name: string }
  /** With patience it tries again until the wallet can be opened, as a supervisor has it do. */
  | { do: 'start'; host: number; patient?: boolean }
  | { do: 'buy'; host: number; request: number }
  | { do: 'topUp'; host: number; wish?: string }
  | { do: 'end'; host: number; how: Ending }
  /** It stops in the middle of whatever it does, as under a closed lid, and goes on later. */
  | { do: 'sleep'; host: number }
  | { do: 'wake'; host: number }
  /** From here on it dies when it gets there, or a trouble begins. */
  | { do: 'arm'; host: number; point: Onset | Point }
  /** A disk or the ledger begins to fail, and is well again. */
  | { do: 'mend' | 'trouble'; name: string }
  /** Calls once more for the video of a request, as an agent does after an approval. */
  | { do: 'again'; host: number; request: number }
  /** The owner says something: in this process, or with a command of its own, in a terminal. */
  | { do: 'say'; host: number | 'terminal'; word: Word }
  /** Its clocks go wrong by so many milliseconds; without a host, those of all. */
  | { client?: number; do: 'clocks'; host?: number; ledger?: number }

/** Something that happens, so many milliseconds after the run has begun. */
export type Scripted = Happening & { at: number }

/** A wallet of several processes, and what happens around it while time goes on. */
export type LivePlan = Scene & {
  /** Rules that somebody chose for each process. @default all of them */
  chosen?: readonly Policy.Key[]
  /** Some requests are never answered. */
  hangs?: boolean
  /** When which routes give wrong answers only. */
  outages: readonly Outage[]
  script: readonly Scripted[]
  /** What may be wrong with disks and the ledger, by name. */
  troubles?: Readonly<Record<string, readonly Trouble[]>>
  /** What is varied, in words for whoever reads the output. */
  varied: string
}
