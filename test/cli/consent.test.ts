import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { cheapOwner } from '../support/cheapOwner.js'
import { control } from '../support/createBuyer.js'
import { dataUrl, png } from '../support/media.js'
import { runBundled, startSandbox } from '../support/runCli.js'
import { runInTerminal } from '../support/runInTerminal.js'

const passphrase = 'correct horse battery'
const sandbox = await startSandbox()
afterAll(() => sandbox[Symbol.asyncDispose]())

// `script` is part of every Debian and of most other systems; without it there is no terminal here.
test.runIf(existsSync('/usr/bin/script'))(
  'default: the owner reads the policy at a terminal; the same media are bought again without a word',
  { timeout: 180_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
    const env = { ZECCHINO_API_URL: sandbox.apiUrl, ZECCHINO_HOME: folder }
    const world = control(sandbox.controlUrl)
    const run = (...args: string[]) => runBundled([...args, '--json'], { env })
    const type = (args: string[], ...answers: [string, string][]) =>
      runInTerminal(args, { answers, env })
    const known: [string, string] = ['passphrase', `${passphrase}\r`]
    const yes: [string, string][] = ['terms and privacy', 'legal right', 'screened'].map(
      (words) => [words, 'y'],
    )
    await type(['init'], ['Choose', `${passphrase}\r`], ['same again', `${passphrase}\r`])
    cheapOwner(folder, passphrase)
    const { address } = (await run('wallet')).json() as { address: string }
    await world.credit(address, '20')

    const face = join(folder, 'face.png')
    writeFileSync(face, png(400, 300))
    const video = (image: string) => {
      const options = ['--duration', '4s', '--resolution', '480p', '--image', image, '--yes']
      return ['seedance-2-0-fast-image-to-video', 'She turns around', ...options]
    }
    const asked = await run('generate', ...video(face))
    expect(asked.code).toBe(77)
    const { job_id, next, status } = asked.json() as Record<string, string>
    expect(status).toBe('needs_consent')
    expect(next).toMatch(/zecchino consent job_.* revoked only in Venice’s web application/)
    expect((await run('consent', job_id ?? '')).json()).toMatchObject({
      error: { code: 'NEEDS_TERMINAL', money_moved: 'no' },
    })

    const halfway = await type(['consent', job_id ?? ''], known, ['terms and privacy', 'n'])
    expect(halfway.output).toContain('Not confirmed')
    expect((await world.state()).charges).toEqual([])
    const agreed = await type(['consent', job_id ?? ''], known, ...yes)
    expect(agreed.code).toBe(0)
    expect(agreed.output).toContain('Sandbox policy. You have the right to use this media')
    expect(agreed.output).toMatch(/Medium +image_url: 33 bytes, sha256 [0-9a-f]{16}…/)
    expect(agreed.output).toMatch(/revoked only in Venice’s web application \(Settings\)/)

    const jobs = (await run('audit')).json() as {
      events: { data: Record<string, string>; subject: string }[]
    }
    const quoteId = jobs.events.find(({ data }) => data['quote_id'])?.data['quote_id'] ?? ''
    expect((await run('generate', '--quote', quoteId)).json()).toMatchObject({ job_id })
    const again = await run('generate', ...video(dataUrl('image/png', png(400, 300))))
    expect(again.code).toBe(0)
    expect((await world.state()).charges).toHaveLength(2)
    const audit = await runBundled(['audit'], { env })
    expect(audit.stdout).toMatch(
      /consent +job_\w+ +A person agreed at the terminal to policy 2026-08-01 \(sha256 [0-9a-f]{64}\) for image_url \(sha256 of its bytes: [0-9a-f]{64}\) with seedance-2-0-fast-image-to-video, confirming terms and privacy, legal right, screening acknowledged\./,
    )

    // Taken back in the web application: the same media ask again.
    await world.revokeConsents(address)
    expect((await run('generate', ...video(face))).json()).toMatchObject({
      status: 'needs_consent',
    })
  },
)
