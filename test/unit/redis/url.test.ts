import { describe, expect, it } from 'vitest'

import { describeServer, parseServerUrl } from '../../../src/redis/url.ts'

describe('parseServerUrl', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379, database: 0, tls: false }],
    ['redis://cache.example.com:7000/3', { host: 'cache.example.com', port: 7000, database: 3 }],
    ['rediss://localhost:3333?db=2', { host: 'localhost', port: 3333, database: 2, tls: true }],
    ['redis://localhost/1?db=4', { database: 4 }],
    ['redis://us%40er:p%3Ass@localhost', { username: 'us@er', password: 'p:ss' }],
    ['redis://:secret@localhost/0', { username: undefined, password: 'secret' }],
    ['redis://[::1]:6380/1', { host: '::1', port: 6380, database: 1 }],
    ['unix:///run/redis.sock?db=1', { path: '/run/redis.sock', database: 1 }],
    [
      'unix://user:secret@/run/redis.sock',
      { path: '/run/redis.sock', username: 'user', password: 'secret', database: 0 },
    ],
  ])('reads %s', (url, expected) => {
    expect(parseServerUrl(url)).toMatchObject(expected)
  })

  it.each([
    ['http://localhost', 'begins with redis:, rediss: or unix:'],
    ['localhost:6379', 'begins with redis:, rediss: or unix:'],
    ['redis:localhost', 'two slashes'],
    ['redis://localhost:66666/0', 'the port "66666" is no number from 1 to 65535'],
    ['redis://localhost:abc', 'the port "abc"'],
    ['redis://localhost:0', 'the port "0"'],
    ['redis://local host/0', 'the host "local host"'],
    ['redis://localhost/cache', 'the database "cache" is no number'],
    ['redis://localhost?db=-1', 'the database "-1"'],
    ['redis://localhost?socket_timeout=5', 'the query "?socket_timeout="'],
    ['redis://:100%@localhost', 'the password has a "%"'],
    ['unix://', 'the path of the socket is missing'],
  ])('refuses %s, saying which part and what would do', (url, part) => {
    expect(() => parseServerUrl(url)).toThrow(expect.objectContaining({ name: 'OptionError', option: 'location' }))
    expect(() => parseServerUrl(url)).toThrow(part)
    expect(() => parseServerUrl(url)).toThrow('redis://localhost:6379/1')
  })

  it('never repeats a password in what it refuses', () => {
    expect(() => parseServerUrl('redis://user:hunter2@localhost:abc')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})

describe('a password with a sign that has to be escaped', () => {
  it.each([
    'redis://:hun/ter2@localhost:6379/0',
    'redis://:12/ter2@localhost:6379/0',
    'redis://user:5/ter2@localhost:6379/0',
    'redis://:hun?ter2@localhost',
    'redis://user:hun#ter2@localhost:6379',
    'rediss://user:1#ter2@localhost:6379',
    'unix://:hun/ter2@/run/redis.sock',
    'unix://user:1?ter2@/run/redis.sock',
  ])('is refused without a part of it: %s', (url) => {
    expect(() => parseServerUrl(url)).toThrow(/has to be written as "%2F", "%3F" or "%23"/)
    expect(() => parseServerUrl(url)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/hun|ter2/) }),
    )
  })

  it('leaves a socket whose path has an "@" alone', () => {
    expect(parseServerUrl('unix:///run/a@b/redis.sock').path).toBe('/run/a@b/redis.sock')
  })
})

describe('describeServer', () => {
  it.each([
    'redis://localhost:6379/1',
    'rediss://user@cache:6380/0',
    'unix:///run/redis.sock?db=1',
    'redis://[::1]:6379/0',
  ])('writes %s as it was read', (url) => {
    expect(describeServer(parseServerUrl(url))).toBe(url)
  })

  it('leaves the password out', () => {
    expect(describeServer(parseServerUrl('redis://user:secret@localhost/0'))).toBe('redis://user@localhost:6379/0')
  })
})
