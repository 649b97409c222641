export type ActiveFault = { id: string }
