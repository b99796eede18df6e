import { countAtOnce, logOutMeanwhile, writeAtOnce } from '../trials.mjs'
import { html } from './html.mjs'
import { badge, bar, callList, formatCount, formatMs, postButton } from './parts.mjs'
import { basketText, sessionsNav } from './sessions.mjs'

export function atOnceView({ visitor, patienceMs, done }) {
  return html`<h1>At the same moment</h1>
    <p class="lead">
      A browser sends several requests at once, and each has its own copy of the session. Usual stores write that copy
      back whole: whoever comes last undoes what the others did, and a slow request brings back a session that was
      logged out.
    </p>
    ${sessionsNav('/sessions/at-once')} ${writesPart(done)} ${countPart(done)} ${logoutPart(visitor, done)}
    ${slowlyPart(visitor, patienceMs, done)}`
}

function writesPart(done) {
  return html`<h2 id="writes">Two requests write, one of them slowly</h2>
    <p>
      Both have loaded the session before either of them saves. The quick one puts a teapot into the basket; the slow
      one knows nothing of that and puts in a lamp.
    </p>
    <div class="actions">${postButton('/sessions/at-once/writes', 'Send the two at once', { look: 'main' })}</div>
    ${done?.writes && writesResult(done)} ${code(writeAtOnce)}`
}

function writesResult({ writes: { quickMs, slowMs, held, basket }, calls }) {
  return html`<div class="result" role="status">
      <ol class="visitors">
        ${requestBar('quick', 'teapot', quickMs, slowMs)} ${requestBar('slow', 'lamp', slowMs, slowMs)}
      </ol>
      <dl class="outcome">
        <div>
          <dt>In the basket now</dt>
          <dd id="kept">${basketText(basket)}</dd>
        </div>
        <div>
          <dt>What a store that writes it back whole would leave</dt>
          <dd>${basketText(held)}</dd>
        </div>
      </dl>
    </div>
    ${callList(calls)}`
}

function requestBar(speed, thing, ms, longestMs) {
  return html`<li>
    <span>${speed}</span> ${badge('plain', thing)} ${bar(ms / longestMs, speed === 'slow' ? 'miss' : 'hit')}
    <span class="value">${formatMs(ms)} ms</span>
  </li>`
}

function countPart(done) {
  return html`<h2 id="count">Ten requests count</h2>
    <p>
      For what is counted, merging is not enough: <code>atomically</code> has the newest value, and nobody else's write
      between.
    </p>
    <div class="actions">${postButton('/sessions/at-once/count', 'Count ten times at once')}</div>
    ${done?.counts && countsResult(done)} ${code(countAtOnce)}`
}

function countsResult({ counts, calls }) {
  return html`<p class="result" role="status">
      <strong id="counts">${new Set(counts).size} different numbers</strong> out of ${counts.length} requests: none was
      lost.
    </p>
    ${callList(calls)}`
}

function logoutPart({ userId }, done) {
  return html`<h2 id="logout">A logout overtakes a slow request</h2>
    <p>
      The slow request has loaded the session and changed it. Before it ends, the visitor logs out. Its save is refused,
      and its response carries no cookie.
    </p>
    <div class="actions">
      ${postButton('/sessions/at-once/logout', 'Log out while it is at work', { disabled: userId === undefined })}
      ${userId === undefined && html`<p class="inline facts"><a href="/sessions">Sign in</a> to be logged out.</p>`}
    </div>
    ${done?.logout && logoutResult(done)} ${code(logOutMeanwhile)}`
}

function logoutResult({ logout: { outcome, setCookie, isNew }, calls }) {
  return html`<p class="result" role="status">
      ${badge(outcome === 'refused' ? 'hit' : 'error', outcome)} The save of the slow request came after the logout.
      ${setCookie === undefined && 'Its response left the cookie alone.'}
      ${isNew ? 'The session stays ended: you are logged out.' : 'The session is back.'}
    </p>
    ${callList(calls)}`
}

function slowlyPart({ basket }, patienceMs, done) {
  return html`<h2 id="slowly">With two tabs of your own</h2>
    <p>
      This request puts the music box into the basket and takes ${formatCount(patienceMs / 1000)} seconds to end.
      Meanwhile put something else in from another tab, or log out there.
    </p>
    <div class="actions">${postButton('/sessions/at-once/slowly', 'Put the music box in, slowly')}</div>
    ${done?.part === 'slowly' && slowlyResult(done)}
    <p>Your basket: <strong id="basket">${basketText(basket)}</strong></p>`
}

const slowlyWords = {
  saved: 'It was saved, into what the session was by then.',
  refused: 'The session ended before this request did, so nothing of it was saved.',
}

function slowlyResult({ calls }) {
  const { outcome } = calls.at(-1).answer
  return html`<p class="result" role="status">
      ${badge(outcome === 'saved' ? 'hit' : 'miss', outcome)} ${slowlyWords[outcome]}
    </p>
    ${callList(calls)}`
}

function code(shown) {
  return html`<details>
    <summary>The code that did it</summary>
    <pre tabindex="0"><code>${shown.toString()}</code></pre>
  </details>`
}
