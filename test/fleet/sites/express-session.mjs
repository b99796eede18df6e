import { SessionStore } from 'everwarm/express-session'
import express from 'express'
import session from 'express-session'

import { createExpressSite } from './express-app.mjs'
import { storedVisit } from './visits.mjs'

export function createSite(cache, secret) {
  const store = new SessionStore({ cache })
  const sessions = session({ store, secret, resave: false, saveUninitialized: false })
  return createExpressSite(express, sessions, storedVisit)
}
