/**
 * What the library tells about its work through `onEvent`; it never logs. No event carries a
 * signature, a header, a key or a `download_url`.
 */
export type Event =
  | { type: 'request.retried'; attempt: number; path: string; reason: string; waitMs: number }
  | { type: 'request.answered'; method: string; path: string; status: number; ms: number }
  | { type: 'topup.demanded'; amount: bigint; network: string; payTo: string; paymentId: string }
  | {
      type: 'topup.signed'
      amount: bigint
      nonce: string
      payTo: string
      paymentId: string
      validBefore: Date
    }
  /** The server does not take the payment in this envelope: the next one carries the same. */
  | { type: 'topup.refused'; code: string; envelope: string; paymentId: string }
  | {
      type: 'topup.moved'
      detail?: string | undefined
      paymentId: string
      status: string
      transaction?: string | undefined
    }
  | { type: 'job.moved'; detail?: string | undefined; jobId: string; status: string }
  | { type: 'job.progress'; elapsedMs: number; estimateMs: number; jobId: string }
  | { type: 'job.download'; bytes: number; jobId: string; total?: number | undefined }
  | { type: 'warning'; message: string }
