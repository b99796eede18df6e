/** Express 4 beside 5, with the types of 5: what the tests use of them is the same. */
declare module 'express4' {
  export { default } from 'express'
}
