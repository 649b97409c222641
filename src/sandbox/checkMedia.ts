import { isPublicHost } from '../internal/isPublicHost.js'
import type { Entry } from './catalogue.js'
import { at, forbid, issue } from './issues.js'
import type { Request } from './queueBody.js'
import type { Issue } from './readJson.js'

type MediaKind = 'audio' | 'document' | 'image' | 'video'

/** Media fields of which a model takes one, some or none, and what each carries. */
const lists = {
  reference_audio_urls: 'audio',
  reference_document_urls: 'document',
  reference_image_urls: 'image',
  reference_video_urls: 'video',
  scene_image_urls: 'image',
} as const
const singles = {
  audio_url: 'audio',
  end_image_url: 'image',
  image_url: 'image',
  video_url: 'video',
} as const

/** References that a sound can stand beside, and of which a reference model needs at least one. */
const references = [
  'elements',
  'image_references',
  'reference_document_urls',
  'reference_image_urls',
  'reference_video_urls',
  'scene_image_urls',
  'video_references',
] as const

/** What is wrong with the media of a request, as far as their number and their addresses go. */
export function checkMedia(entry: Entry, request: Request): Issue[] {
  return [
    ...checkNeeds(entry, request),
    ...checkCounts(entry, request),
    ...checkTogether(entry, request),
    ...checkAddresses(request),
  ]
}

function checkNeeds({ kind, rules, spec }: Entry, request: Request): Issue[] {
  const rest = { audio_url: spec.constraints.audio_input ? 'optional' : undefined } as const
  const of = { ...rest, end_image_url: rules.end_image_url, image_url: rules.image_url }
  const needs = { ...of, video_url: rules.video_url }
  return (Object.keys(needs) as (keyof typeof needs)[]).flatMap((name) => {
    const given = request[name] !== undefined
    const pinned = name === 'image_url' && request.keyframes && rules.end_image_url !== 'required'
    if (kind === 'text' && name === 'image_url')
      return issue(given, name, 'image_url is not supported for text to video models')
    if (needs[name] === undefined) return forbid(request, name)
    return issue(needs[name] === 'required' && !given && !pinned, name, `${name} is required`)
  })
}

function checkCounts({ rules, spec }: Entry, request: Request): Issue[] {
  const { audio_url: sound, reference_audio_urls: sounds } = request
  const counts = {
    elements: rules.elements,
    image_references: rules.imageReferences,
    keyframes: rules.keyframes,
    reference_audio_urls: rules.sounds?.count,
    reference_document_urls: rules.documents,
    reference_image_urls: rules.images,
    reference_video_urls: rules.videos?.count,
    scene_image_urls: rules.elements,
    // Decided here: as many as there may be reference videos.
    video_references: spec.constraints.per_reference_audio ? (rules.videos?.count ?? 3) : undefined,
  }
  const all = (sounds?.length ?? 0) + (sound && rules.audioCounts ? 1 : 0)
  return (Object.keys(counts) as (keyof typeof counts)[]).flatMap((name) => {
    const most = counts[name]
    if (most === undefined)
      return name === 'reference_document_urls'
        ? issue(
            request[name] !== undefined,
            name,
            'This model does not support reference documents',
          )
        : forbid(request, name)
    const count = name === 'reference_audio_urls' ? all : (request[name]?.length ?? 0)
    const what = /^reference_(audio|image|video)_urls$/.exec(name)?.[1] ?? 'item'
    return issue(count > most, name, `${name} must have at most ${most} ${what}s`)
  })
}

function checkTogether({ rules }: Entry, request: Request): Issue[] {
  const { elements = [], end_image_url: end, image_url: image } = request
  const { scene_image_urls: scenes = [], reference_audio_urls: sounds } = request
  const given = references.filter((name) => request[name] !== undefined)
  const frames = (image ? 1 : 0) + (end ? 1 : 0)
  const count = frames + elements.length + scenes.length
  const bare = rules.needsReference && given.length === 0 && sounds === undefined
  // A frame can stand in for references where it is one or the other, needed, or as good as they are.
  const instead = rules.eitherOr || rules.elements || rules.image_url === 'required'
  const framed = image !== undefined && Boolean(instead)
  return [
    ...issue(
      end !== undefined && image === undefined,
      'end_image_url',
      'Needs image_url beside it',
    ),
    ...issue(
      sounds !== undefined && given.length === 0,
      'reference_audio_urls',
      'Needs a reference image or video beside it',
    ),
    ...issue(
      bare === true && !framed,
      'reference_image_urls',
      'At least one reference is required for this model',
    ),
    ...issue(
      rules.eitherOr === true && frames > 0 && (given.length > 0 || sounds !== undefined),
      image ? 'image_url' : 'end_image_url',
      'Frames and references cannot be combined',
    ),
    ...issue(
      rules.together !== undefined && count > rules.together,
      'elements',
      `Frames, elements and scenes must be at most ${rules.together} in all`,
    ),
    ...elements.flatMap(({ frontal_image_url: front, video_url: video }, index) =>
      issue(
        front === undefined && video === undefined,
        `elements.${index}`,
        'Needs frontal_image_url or video_url',
      ),
    ),
  ]
}

/** Every address of a medium: of the right kind, and of a host that the world can reach. */
function checkAddresses(request: Request): Issue[] {
  return mediaOf(request).flatMap(({ kind, path, url }) => {
    if (/^data:/i.test(url))
      return issue(
        kind === 'document' ? !/^data:[\w.+-]+\//i.test(url) : !isDataOf(url, kind),
        path,
        `Must be an http(s) URL or a data:${kind === 'document' ? '' : kind} URL`,
      )
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
      return [at(path, 'Must be an http(s) URL or a data URL')]
    return issue(!isPublicHost(new URL(url).hostname), path, 'Must be on a public host')
  })
}

function isDataOf(url: string, kind: MediaKind): boolean {
  return url.slice(0, 20).toLowerCase().startsWith(`data:${kind}/`)
}

function mediaOf(request: Request): { kind: MediaKind; path: string; url: string }[] {
  const found: { kind: MediaKind; path: string; url: string | undefined }[] = []
  const add = (kind: MediaKind, path: string, url: string | undefined) =>
    found.push({ kind, path, url })
  for (const [name, kind] of Object.entries(singles))
    add(kind, name, request[name as keyof typeof singles])
  for (const [name, kind] of Object.entries(lists))
    for (const url of request[name as keyof typeof lists] ?? []) add(kind, name, url)
  for (const element of request.elements ?? []) {
    add('audio', 'elements', element.audio_url)
    add('image', 'elements', element.frontal_image_url)
    add('video', 'elements', element.video_url)
    for (const url of element.reference_image_urls ?? []) add('image', 'elements', url)
  }
  for (const { image_url } of request.image_references ?? [])
    add('image', 'image_references', image_url)
  for (const { audio_url, video_url } of request.video_references ?? []) {
    add('audio', 'video_references', audio_url)
    add('video', 'video_references', video_url)
  }
  for (const { image_url } of request.keyframes ?? []) add('image', 'keyframes', image_url)
  return found.flatMap(({ url, ...rest }) => (url === undefined ? [] : [{ ...rest, url }]))
}
