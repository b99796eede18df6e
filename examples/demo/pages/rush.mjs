import { html } from '../view/html.mjs'
import { badge, bar, formatCount, formatMs, postButton } from '../view/parts.mjs'
import { freshText, wordsOf } from '../words.mjs'

export const rushRoutes = { 'GET /rush': show, 'POST /rush': rush }

const visitors = 10

async function show({ journal, query }) {
  return { title: 'Ten at once', content: view(journal.kept(query.get('done'))) }
}

/** Ten visitors in the same moment: on a key that nobody has asked for yet, or on one that is warm. */
async function rush({ cache, journal, form }) {
  const text = freshText(form.get('again') ?? Date.now().toString(36))
  const before = cache.stats()
  const begun = performance.now()
  const answers = await Promise.all(Array.from({ length: visitors }, () => wordsOf(cache, text)))
  const ms = performance.now() - begun
  const after = cache.stats()
  const counted = (name) => after[name] - before[name]
  const outcome = { loads: counted('loads'), sharedLoads: counted('sharedLoads'), hits: counted('hits') }
  return { redirect: `/rush?done=${journal.keep({ id: text.id.slice('rush-'.length), answers, ms, ...outcome })}` }
}

function view(run) {
  return html`<h1>Ten visitors, one load</h1>
    <p class="lead">
      A page has just expired, and ten visitors ask for it in the same moment. Without care all ten run the slow query.
      <code>getOrSet</code> runs it once; the others wait for that one and get a copy of the answer.
    </p>
    <div class="actions">
      ${postButton('/rush', 'Send ten visitors to a cold key', { look: 'main' })}
      ${run && postButton('/rush', 'The same ten again, now it is warm', { fields: { again: run.id } })}
    </div>
    ${run && result(run)}
    <h2>The code that did it</h2>
    <pre
      tabindex="0"
    ><code>await Promise.all(Array.from({ length: ${visitors} }, () =&gt; wordsOf(cache, text)))</code></pre>
    <p>It is the very function of the first page: there is nothing to switch on.</p>`
}

function result({ answers, ms, loads, sharedLoads, hits }) {
  const longest = Math.max(...answers.map((answer) => answer.ms))
  return html`<div role="status">
      <dl class="figures">
        <div>
          <dt>visitors</dt>
          <dd>${visitors}</dd>
        </div>
        <div class="${loads > 0 && 'miss'}">
          <dt>loads</dt>
          <dd id="loads">${loads}</dd>
        </div>
        <div>
          <dt>shared loads</dt>
          <dd id="shared">${sharedLoads}</dd>
        </div>
        <div class="${hits > 0 && 'hit'}">
          <dt>hits</dt>
          <dd>${formatCount(hits)}</dd>
        </div>
        <div>
          <dt>together</dt>
          <dd>${formatMs(ms)} <small>ms</small></dd>
        </div>
      </dl>
    </div>
    <ol class="visitors">
      ${answers.map((answer, i) => visitor(answer, { number: i + 1, longest, loads }))}
    </ol>`
}

function visitor({ from, ms }, { number, longest, loads }) {
  const kind = from === 'database' ? 'load' : loads > 0 ? 'shared' : 'hit'
  return html`<li>
    <span>visitor ${number}</span> ${badge(kind)} ${bar(ms / longest, kind)}
    <span class="value">${formatMs(ms)} ms</span>
  </li>`
}
