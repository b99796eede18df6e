export function ensureRedis(): string
export function ensureChromium(): string
export function findDjango(): string | undefined
