import { hash, randomBytes } from 'node:crypto'

/** 192 random bits: nobody finds another one's key by trying. */
const keyBytes = 24
const keyForm = /^[A-Za-z0-9_-]{32}$/

/** A key that nobody had before. */
export function newKey(): string {
  return randomBytes(keyBytes).toString('base64url')
}

/** Whether a text has the form of {@link newKey}. */
export function isKey(text: string): boolean {
  return keyForm.test(text)
}

/** SHA-256 of a text, as 43 letters that go into any key. */
export function hashed(text: string): string {
  return hash('sha256', text, 'base64url')
}
