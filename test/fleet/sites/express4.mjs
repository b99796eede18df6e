import { session } from 'everwarm/express'
import { createSessions } from 'everwarm/sessions'
import express from 'express4'

import { createExpressSite } from './express-app.mjs'
import { ownVisit } from './visits.mjs'

export function createSite(cache) {
  return createExpressSite(express, session(createSessions({ cache })), (req) => ownVisit(req.session))
}
