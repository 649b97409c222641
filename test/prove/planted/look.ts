import { type Bug, bug } from './bug.js'

const late = 'test/flows/adoptLost.test.ts'
const outage = 'test/crash/outage.test.ts'
const silent = 'test/flows/track.test.ts'

/** A paid video given up. */
export const look: readonly Bug[] = [
  bug('bad news believed when it is heard', { test: outage, titles: 'but not for ten minutes' }, [
    'BadNews.ts',
    'return heard >= leastMinutes && looked.getTime() - since.getTime() >= Clock.believing',
    'return heard > 0 && leastMinutes > 0 && looked >= since && Clock.believing > 0',
  ]),
  bug('an edge’s word is Venice’s', { test: outage, titles: 'for twenty minutes and then' }, [
    'flows/hearNews.ts',
    `news.kind === 'unknown_id'
}`,
    `news.kind === 'unknown_id' || news.kind === 'transient'
}`,
  ]),
  bug('a storage’s word is Venice’s', { test: outage, titles: 'a storage’s' }, [
    'flows/hearNews.ts',
    `news.kind === 'unknown_id'
}`,
    `news.kind === 'unknown_id' || news.kind === 'link gone'
}`,
  ]),
  bug('what was given up stays so', { test: outage, titles: 'without being asked' }, [
    'flows/lookAgain.ts',
    'if (!Job.canLookAgain(job, client.providerTime().at)) return job',
    'if (client.providerTime().at > job.createdAt) return job',
  ]),
  bug('looked at as often as asked', { test: outage, titles: 'once a minute at most' }, [
    'flows/lookAgain.ts',
    '< pause) return job',
    '< pause - 60_000) return job',
  ]),
  bug('given up without trying its link', { test: outage, titles: 'the link is tried before' }, [
    'flows/hearNews.ts',
    'else if (await rescue?.()) return true',
    'else if (isOver && (await rescue?.())) return true',
  ]),
  bug('one answer is all that a late process waits for', { test: late, titles: 'wakes up' }, [
    'flows/reconcileJob.ts',
    'Math.min(passed - Clock.horizon, client.now().getTime() - began)',
    'Math.max(passed - Clock.horizon, client.now().getTime() - began)',
  ]),
  bug('an outage is for the owner for good', { test: late, titles: 'in an outage' }, [
    'flows/reviewLost.ts',
    'if (client.providerTime().at < Job.lookUntil(job))',
    'if (client.providerTime().at < job.createdAt)',
  ]),
  bug('a provider that is silent is waited for', { test: silent, titles: 'looks at which' }, [
    'actions/retrieveVideo.ts',
    '    headDeadline: silence,',
    '    headDeadline: silence * 2,',
  ]),
  bug('a storage that is silent is waited for', { test: silent, titles: 'links at which' }, [
    'client/fetchDownload.ts',
    'headDeadline: silence,',
    'headDeadline: silence * 2,',
  ]),
  bug('a pause on top of a long wait', { test: silent, titles: 'looks at which' }, [
    'flows/track.ts',
    'most) - waited, 1_000)',
    'most) - waited * 0, 1_000)',
  ]),
  bug('a try on top of a long wait', { test: silent, titles: 'links at which' }, [
    'flows/createWorker.ts',
    '30_000) - waited',
    '30_000) - waited * 0',
  ]),
  bug('a body cut off as what does not begin', { test: 'test/client/createWire.test.ts' }, [
    'client/createWire.ts',
    'if (status >= 200) clearTimeout(headTimer)',
    'if (status > 599) clearTimeout(headTimer)',
  ]),
]
