import { html } from '../view/html.mjs'
import { badge, bar, errorText, formatCount, formatMs, formatTime, postButton, timeLeft } from '../view/parts.mjs'
import { chooseText, latencyMs, maxOwnText, wordsOf } from '../words.mjs'

export const wordsRoutes = { 'GET /': show, 'POST /forget': forget }

async function show({ cache, journal, query }) {
  const text = chooseText(query.get('text'), query.get('own'))
  const failuresBefore = journal.failures
  const askedAt = Date.now()
  const found = await wordsOf(cache, text)
  const error = journal.failures > failuresBefore ? journal.lastError?.error : undefined
  const left = error === undefined ? await journal.attempt('pttl', () => cache.pttl(`words:${text.id}`)) : undefined
  return {
    title: 'A slow page made fast',
    content: view({ text, ...found, kind: error ? 'away' : kindOf(found, askedAt), error, left }),
  }
}

async function forget({ cache, journal, form }) {
  const text = chooseText(form.get('text'), form.get('own'))
  await journal.attempt('delete', () => cache.delete(`words:${text.id}`))
  return { redirect: `/?${new URLSearchParams(fieldsOf(text))}` }
}

/** Who came while another visitor's load was running has got that one's answer. */
function kindOf({ words, from }, askedAt) {
  if (from === 'database') return 'miss'
  return words.countedAt.getTime() > askedAt ? 'shared' : 'hit'
}

function view(answer) {
  return html`<h1>A slow page, made fast</h1>
    <p class="lead">
      This page counts the words of a text. The text lies in a slow database: reading it takes ${formatCount(latencyMs)}
      ms, which is pretended; everything else here is real. <code>getOrSet</code> asks the database once and answers
      from the cache for the next 60 seconds.
    </p>
    ${verdict(answer)} ${answer.error && outageNote(answer.error)}
    <h2>The code that did it</h2>
    <pre tabindex="0"><code>${wordsOf.toString()}</code></pre>
    <h2>What was counted</h2>
    ${chooser(answer.text)} ${table(answer)}`
}

const sentences = {
  miss: 'Not in the cache: the slow database was asked, and its answer stored. Ask again.',
  hit: 'Straight from the cache. The database was not asked.',
  shared: 'Somebody else had just asked: that load answered both.',
  away: 'The cache did not answer, so the loader did: the visitor got the page all the same.',
}

const cacheSays = {
  miss: 'for whoever asks next',
  shared: 'for whoever asks next',
  away: 'did not answer',
}

function verdict({ text, words, kind, ms, left }) {
  const times = Math.round(words.tookMs / ms)
  return html`<section class="verdict ${kind}" aria-label="Hit or miss">
    <p class="big">${badge(kind, kind === 'away' ? 'no cache' : kind)} <strong id="ms">${formatMs(ms)}</strong> ms</p>
    <p>
      ${sentences[kind]}
      ${kind === 'hit' && html`<strong>${formatCount(times)} times faster</strong> than the first time.`}
    </p>
    <dl class="compare">
      <div>
        <dt>database</dt>
        <dd>${bar(1, 'miss')}</dd>
        <dd class="value">${formatMs(words.tookMs)} ms</dd>
      </div>
      <div>
        <dt>cache</dt>
        <dd>
          ${kind === 'hit' ? bar(ms / words.tookMs, 'hit') : html`<span class="unknown">${cacheSays[kind]}</span>`}
        </dd>
        <dd class="value">${kind === 'hit' ? html`${formatMs(ms)} ms` : '–'}</dd>
      </div>
    </dl>
    <div class="actions">
      <form action="/" data-slow>${hidden(text)}<button class="main">Ask again</button></form>
      ${postButton('/forget', 'Delete it and ask again', { fields: fieldsOf(text) })}
      ${left?.ok && html`<p class="left">Time to live: ${timeLeft(left.answer)}</p>`}
    </div>
  </section>`
}

function outageNote(error) {
  return html`<div class="note failed" role="status">${errorText(error)}</div>`
}

function chooser(text) {
  const choice = (name, label) =>
    html`<a href="/?text=${name}" ${text.name === name && html`aria-current="true"`}>${label}</a>`
  return html`<div class="chooser">
      ${choice('alice', 'Alice in Wonderland')} ${choice('source', "This library's source")}
    </div>
    <form action="/" class="own" data-slow>
      <input type="hidden" name="text" value="own" />
      <label for="own">or a text of your own</label>
      <textarea id="own" name="own" rows="3" maxlength="${maxOwnText}" required>${text.typed}</textarea>
      <button>Count these words</button>
    </form>`
}

function table({ text, words }) {
  const most = Math.max(1, ...words.top.values())
  return html`<blockquote>${words.excerpt}</blockquote>
    <table class="words">
      <caption>
        ${formatCount(words.total)} words in ${text.title}, ${formatCount(words.different)} different ones; counted at
        ${formatTime(words.countedAt)}
      </caption>
      <thead>
        <tr>
          <th scope="col">word</th>
          <th scope="col">times</th>
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${[...words.top].map(
          ([word, count]) =>
            html`<tr>
              <th scope="row">${word}</th>
              <td>${formatCount(count)}</td>
              <td>${bar(count / most, 'plain')}</td>
            </tr>`,
        )}
      </tbody>
    </table>`
}

function hidden(text) {
  return Object.entries(fieldsOf(text)).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )
}

function fieldsOf(text) {
  return text.typed === undefined ? { text: text.name } : { text: text.name, own: text.typed }
}
