export function ensureRedis(): string
export function ensureChromium(): string
