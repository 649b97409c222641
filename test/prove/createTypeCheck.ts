import { resolve } from 'node:path'

import ts from 'typescript'

/** Complaints about what is left over when a line is taken out: no reason why it would not run. */
const leftovers = new Set([6133, 6192, 6196, 6198])

/** Tells what the compiler says about a file of `src` with another text. Made once, asked often. */
export function createTypeCheck() {
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path)).config,
    ts.sys,
    process.cwd(),
  )
  const sources = fileNames.filter((name) => name.includes('/src/'))
  const changed = new Map<string, { text: string; version: number }>()
  const service = ts.createLanguageService({
    directoryExists: (path) => ts.sys.directoryExists(path),
    fileExists: (path) => ts.sys.fileExists(path),
    getCompilationSettings: () => options,
    getCurrentDirectory: () => process.cwd(),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getDirectories: (path) => ts.sys.getDirectories(path),
    getScriptFileNames: () => sources,
    getScriptSnapshot(name) {
      const text = changed.get(name)?.text ?? ts.sys.readFile(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getScriptVersion: (name) => String(changed.get(name)?.version ?? 0),
    readFile: (path) => ts.sys.readFile(path),
  })
  let version = 0

  /** The first complaint about a file with this text, if there is one. */
  return (file: string, text: string): string | undefined => {
    const name = resolve(file)
    version += 1
    changed.set(name, { text, version })
    const found = [
      ...service.getSyntacticDiagnostics(name),
      ...service.getSemanticDiagnostics(name),
    ].find(({ code }) => !leftovers.has(code))
    changed.delete(name)
    return found && ts.flattenDiagnosticMessageText(found.messageText, ' ')
  }
}
