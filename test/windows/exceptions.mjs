/** Tests that fail on Windows, or under Wine, and why. `tests` are beginnings of names; without, the whole file. */
export const exceptions = []
