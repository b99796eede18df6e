export function ensureOpenssl(): string
export function ensureRedis(): string
export function ensureChromium(): string
export function findDjango(): string | undefined
export function findDjangoSite(): { readonly python: string; readonly hasDjangoRedis: boolean } | undefined
