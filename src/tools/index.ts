import { videoGenerate } from './videoGenerate.js'
import { videoList } from './videoList.js'
import { videoModels } from './videoModels.js'
import { videoQuote } from './videoQuote.js'
import { videoRetrieve } from './videoRetrieve.js'
import { walletStatus } from './walletStatus.js'
import { walletTopUp } from './walletTopUp.js'

export {
  type Answer,
  type Ask,
  type Context,
  defineTool,
  type Progress,
  type Question,
  type Tool,
} from './defineTool.js'
export {
  videoGenerate,
  videoList,
  videoModels,
  videoQuote,
  videoRetrieve,
  walletStatus,
  walletTopUp,
}

/** The seven tools, in the order an agent meets them. */
export const tools = [
  videoModels,
  videoQuote,
  videoGenerate,
  videoRetrieve,
  videoList,
  walletStatus,
  walletTopUp,
] as const
