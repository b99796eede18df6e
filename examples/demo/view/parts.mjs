import { inspect } from 'node:util'

import { formatTimeLeft } from '../public/time-left.js'
import { html } from './html.mjs'

/** Milliseconds as people read them: `0.42`, `12.3`, `1,204`. */
export function formatMs(ms) {
  const digits = ms < 10 ? 2 : ms < 100 ? 1 : 0
  return ms.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export function formatTime(date) {
  return date.toLocaleTimeString('en-GB')
}

/** How long ago, as people say it. */
export function formatAgo(date) {
  const minutes = Math.floor((Date.now() - date.getTime()) / 60_000)
  if (minutes < 1) return 'just now'
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`
}

export function formatCount(number) {
  return number.toLocaleString('en-US')
}

/** A bar of this share of the width, never so short that it cannot be seen; `mark` is a share at which a line is drawn. */
export function bar(share, kind, mark) {
  const width = percent(Math.max(0.006, share))
  return html`<svg class="bar" aria-hidden="true">
    <rect class="${kind}" width="${width}" height="100%" rx="3" />
    ${mark !== undefined && html`<line x1="${percent(mark)}" x2="${percent(mark)}" y1="0" y2="100%" />`}
  </svg>`
}

function percent(share) {
  return `${Math.min(100, share * 100).toFixed(2)}%`
}

export function badge(kind, text = kind) {
  return html`<span class="badge ${kind}">${text}</span>`
}

/** A time to live, which the browser counts down. */
export function timeLeft(ms) {
  if (ms === null) return html`<span>for ever</span>`
  return html`<span data-left-ms="${Math.round(ms)}">${formatTimeLeft(ms)}</span>`
}

/** A text as it stands in code. */
export function quoted(text) {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/** What is heard and not seen. */
export function unseen(text) {
  return html`<span class="unseen">${text}</span>`
}

/** What was called one after the other, and how that went. */
export function callList(calls) {
  return html`<div role="status">
    <ol class="calls">
      ${calls.map(
        ({ code, ok, answer, error, ms }) =>
          html`<li class="${ok ? 'well' : 'failed'}">
            <code class="line">${code}</code> <span class="value">${formatMs(ms)} ms</span>
            ${ok ? answer !== undefined && html`<code class="line answer">→ ${formatAnswer(answer)}</code>` : errorText(error)}
          </li>`,
      )}
    </ol>
  </div>`
}

/** What was called, and how that went. */
export function callCard(call) {
  return html`<div class="call ${call.ok ? 'well' : 'failed'}" role="status">
    <code class="line">await ${call.code}</code>
    ${call.ok ? html`<code class="line answer">→ ${formatAnswer(call.answer)}</code>` : errorText(call.error)}
    <span class="took">${formatMs(call.ms)} ms</span>
  </div>`
}

/** An error by its class, its code and its sentence. */
export function errorText(error) {
  return html`<p class="error-text">
    <strong class="error-name">${error.name}</strong> <code>${error.code}</code>
    <span class="error-message">${error.message}</span>
  </p>`
}

export function formatAnswer(answer) {
  const text = inspect(answer, { depth: 2, breakLength: 100, maxStringLength: 200, maxArrayLength: 10 })
  return text.length > 400 ? `${text.slice(0, 400)} …` : text
}

/** A button that posts. */
export function postButton(action, label, { fields = {}, look = 'plain', disabled = false } = {}) {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )
  return html`<form method="post" action="${action}">
    ${hidden}<button class="${look}" ${disabled && html`disabled`}>${label}</button>
  </form>`
}
