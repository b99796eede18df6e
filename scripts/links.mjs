/** Every link of a Markdown file that stays inside this repository leads to a file, and to a heading where it names one. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

import { root } from './run.mjs'

const skippedFolders = new Set(['node_modules', 'dist', '.git', 'coverage', 'fixtures'])

const broken = markdownFiles(root).flatMap(brokenLinks)
for (const line of broken) console.log(line)
process.exitCode = broken.length === 0 ? 0 : 1

function markdownFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : markdownFiles(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

function brokenLinks(file) {
  return linksOf(file)
    .filter((link) => !leadsSomewhere(file, link))
    .map((link) => `${relative(root, file)}: "${link}" leads nowhere`)
}

function linksOf(file) {
  const prose = withoutCode(readFileSync(file, 'utf8'))
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s+(\S+)/gm)].map(
    (match) => match[1] ?? match[2],
  )
}

function leadsSomewhere(file, link) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return true

  const [path, heading] = link.split('#')
  const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path))
  if (!existsSync(target)) return false
  return (
    heading === undefined || statSync(target).isDirectory() || !target.endsWith('.md') || headings(target).has(heading)
  )
}

/** The anchors of a file, made from its headings as GitHub makes them. */
function headings(file) {
  const prose = withoutFences(readFileSync(file, 'utf8'))
  const anchors = new Set()
  for (const [, text] of prose.matchAll(/^#{1,6}\s+(.+?)\s*$/gm)) {
    const anchor = toAnchor(text)
    let unique = anchor
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`
    anchors.add(unique)
  }
  return anchors
}

function toAnchor(heading) {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

function withoutCode(text) {
  return withoutFences(text).replace(/`[^`\n]*`/g, '')
}

function withoutFences(text) {
  return text.replace(/^(\s*)(```+|~~~+)[^\n]*\n[\s\S]*?^\s*\2\s*$/gm, '')
}
