import { randomInt } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { cookieSessions } from '../../src/django/cookie-sessions.ts'
import { djangoExpiry } from '../../src/django/session-expiry.ts'
import { decodeSessionText, encodeSessionText } from '../../src/django/session-text.ts'
import { type DjangoSigning, djangoSigning } from '../../src/django/signing/signing.ts'
import type { Sessions } from '../../src/sessions/index.ts'
import { type DjangoPeer, pythonWithDjango, startDjango } from '../support/django-peer.ts'
import { type Typed, toTyped } from '../support/typed.ts'

const python = pythonWithDjango()
const settings = { SECRET_KEY: 'django_tests_secret_key' }

/** Printed with a failure, so that the very values can be drawn again. */
const seed = randomInt(2 ** 31)
const howMany = 300

interface Signed {
  readonly form: Typed
  readonly text: string
}

describe.skipIf(python === undefined)(`what is signed, here and by Django (seed ${seed})`, () => {
  let site: DjangoPeer
  let signing: DjangoSigning
  let sessions: Sessions

  beforeAll(async () => {
    site = await startDjango(python ?? '', { default: { BACKEND: 'django.core.cache.backends.locmem.LocMemCache' } })
    const django = site.versions.django
    signing = djangoSigning(settings, { django })
    sessions = cookieSessions({
      settings,
      django,
      cookie: {},
      ageSeconds: 1_209_600,
      untilBrowserCloses: false,
      savesEveryRequest: false,
      expiryForm: djangoExpiry({ asText: signing.django.sessionExpiryAsText, naiveZone: undefined }),
    })
  })

  afterAll(async () => {
    await site.stop()
  })

  const texts = ['', 'hello', 'a:b:c', 'zoë ☂ 😀', 'x'.repeat(5000), '\u0000\n"\\']
  const methods = [
    ['sign', 'unsign'],
    ['signTimestamped', 'unsignTimestamped'],
  ] as const

  describe.each(methods)('%s and %s', (sign, unsign) => {
    it.each(texts)('of %j are the same', async (text) => {
      for (const salt of [undefined, 'my.salt', 'é']) {
        const options = salt === undefined ? {} : { salt }
        const theirs = await site.call<string>('sign', { method: sign, value: text, ...options })
        const ours = signing[sign](text, options)

        expect(signing[unsign](theirs, options)).toBe(text)
        expect(await site.call('sign', { method: unsign, value: ours, ...options })).toBe(text)
      }
    })
  })

  it('what Django dumps, we load', async () => {
    const signed = await site.call<Signed[]>('dumps_random', { seed, count: howMany })

    for (const [index, { form, text }] of signed.entries()) {
      expect(toTyped(signing.loads(text, { maxAge: '1m' })), `value ${index}`).toEqual(form)
    }
  })

  it('what we dump, Django loads', async () => {
    const signed = await site.call<Signed[]>('dumps_random', { seed: seed + 1, count: howMany })

    for (const [index, { form, text }] of signed.entries()) {
      const ours = signing.dumps(signing.loads(text), { compress: index % 2 === 0 })
      const read = await site.call<Typed>('sign', { method: 'loads', value: ours, max_age: 60 })

      expect(read, `value ${index}`).toEqual(form)
    }
  })

  it('JSON without the time is the same on both sides', async () => {
    const value = { a: [1, 2], é: 'x' }
    const theirs = await site.call<string>('sign', { method: 'signObject', value: toTyped(value) })

    expect(signing.signObject(value)).toBe(theirs)
    expect(signing.unsignObject(theirs)).toEqual(value)
    expect(await site.call('sign', { method: 'unsignObject', value: signing.signObject(value) })).toEqual(
      toTyped(value),
    )
  })

  it('what is too old for Django is too old here', async () => {
    const old = djangoSigning(settings, { clock: { now: () => Date.now() - 61_000 } })
    const text = old.signTimestamped('value')

    const theirs = site.call('sign', { method: 'unsignTimestamped', value: text, max_age: 60 })

    await expect(theirs).rejects.toThrow(/^SignatureExpired/)
    expect(() => signing.unsignTimestamped(text, { maxAge: 60 })).toThrow(/61|60 seconds/)
  })

  it('what was changed is nothing on both sides', async () => {
    const text = signing.sign('user=1').replace('user=1', 'user=2')

    await expect(site.call('sign', { method: 'unsign', value: text })).rejects.toThrow(/^BadSignature/)
    expect(() => signing.unsign(text)).toThrow(/not valid/)
  })

  it('signatures by SHA-1 are read where Django reads them', async () => {
    const text = await site.call<string>('sign', { method: 'sign', value: 'hello', algorithm: 'sha1' })
    const theirs = await site.call('sign', { method: 'unsign', value: text }).catch(() => undefined)

    let ours: string | undefined
    try {
      ours = signing.unsign(text)
    } catch {
      ours = undefined
    }
    expect(ours).toBe(theirs)
  })

  it.each(texts)('the signed cookie of %j is the same', async (value) => {
    const theirs = await site.call<string>('sign_cookie', { name: 'name', value, salt: 's😀' })
    const ours = signing.signCookie('name', value, 's😀')

    expect(signing.readCookie('name', theirs, { salt: 's😀' })).toBe(value)
    expect(await site.call('read_cookie', { name: 'name', text: ours, salt: 's😀' })).toBe(value)
  })

  it('the text of a session is read on both sides', async () => {
    const signed = await site.call<Signed[]>('dumps_random', { seed: seed + 2, count: 50 })

    for (const [index, { text }] of signed.entries()) {
      const fields = { index, value: signing.loads(text) }
      const theirs = await site.call<string>('session_text', { method: 'encode', value: toTyped(fields) })

      expect(decodeSessionText(theirs, signing), `value ${index}`).toEqual(fields)
      const read = await site.call('session_text', { method: 'decode', value: encodeSessionText(fields, signing) })
      expect(read, `value ${index}`).toEqual(toTyped(fields))
    }
  })

  it('the text of a session before Django 3.1 is read where Django reads it', async () => {
    const fields = { _auth_user_id: '1', cart: ['é', 1.5, null] }
    const text = await site.call<string>('session_text', { method: 'encode_legacy', value: toTyped(fields) })

    const theirs = await site.call('session_text', { method: 'decode', value: text })

    if (signing.django.legacySessionText) {
      expect(theirs).toEqual(toTyped(fields))
      expect(decodeSessionText(text, signing)).toEqual(fields)
    } else {
      expect(theirs).toEqual(toTyped({}))
      expect(() => decodeSessionText(text, signing)).toThrow(/not valid/)
    }
  })

  it('a text that is no session is one on neither side', async () => {
    const text = signing.dumps({ a: 1 })

    expect(await site.call('session_text', { method: 'decode', value: text })).toEqual(toTyped({}))
    expect(() => decodeSessionText(text, signing)).toThrow(/not valid/)
  })

  it('a session that is its own cookie goes to and fro', async () => {
    const begun = await site.call<{ cookie: string }>('cookie_session', {
      cookie: null,
      fields: toTyped({ a: 1, b: [1.5, 'é'] }),
    })

    const session = await sessions.load(`sessionid=${begun.cookie}`)
    session.data['a'] = 2
    session.data['c'] = { deep: ['x'.repeat(500)] }
    const { setCookie = '' } = await sessions.commit(session, { status: 200, secure: false })

    const cookie = setCookie.slice('sessionid='.length, setCookie.indexOf(';'))
    const read = await site.call('cookie_session', { cookie })
    expect(read).toMatchObject({ fields: toTyped({ a: 2, b: [1.5, 'é'], c: { deep: ['x'.repeat(500)] } }) })
  })
})
