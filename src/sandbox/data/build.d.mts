/** The text of `published.ts`, from the two files of facts beside this one. */
export function build(): string
