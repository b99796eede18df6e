import { createSessions } from 'everwarm/sessions'

/** Cookies of 127.0.0.1 go to every port of it, so this one is not called as everybody's is. */
export const cookieName = 'everwarm_demo'
export const idleMinutes = 20

/** Single pieces: each is in a basket or it is not. */
export const things = [
  { id: 'lamp', name: 'Brass lamp', about: 'about 1890, burns', price: 84 },
  { id: 'teapot', name: 'Blue teapot', about: 'one chip, on the lid', price: 46 },
  { id: 'telescope', name: 'Field telescope', about: 'three draws, in its case', price: 210 },
  { id: 'musicbox', name: 'Music box', about: 'plays three of its four tunes', price: 130 },
]

export function openShop(cache) {
  return createSessions({ cache, cookie: { name: cookieName }, idle: `${idleMinutes}m`, age: '12h' })
}

/** A field of its own for each thing, since a field is merged as a whole. The page shows this function as it stands here. */
export function put(session, thing) {
  session.data[`basket.${thing}`] = true
}

export function takeOut(session, thing) {
  delete session.data[`basket.${thing}`]
}

export function basketOf(session) {
  return things.filter(({ id }) => session.data[`basket.${id}`] === true)
}

export function thingCalled(id) {
  return things.find((thing) => thing.id === id)
}
