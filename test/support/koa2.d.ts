/** Koa 2 beside 3, with the types of 3: what the tests use of them is the same. */
declare module 'koa2' {
  export { default } from 'koa'
}
