import { idleMinutes, put, things } from '../shop.mjs'
import { serveCode } from '../with-session.mjs'
import { html } from './html.mjs'
import { badge, callList, errorText, formatAgo, formatTime, postButton, timeLeft, unseen } from './parts.mjs'

const subpages = [
  { path: '/sessions', name: 'A shop and its visitors' },
  { path: '/sessions/at-once', name: 'At the same moment' },
]

/** The way between the pages about sessions. */
export function sessionsNav(path) {
  return html`<div class="chooser" role="navigation" aria-label="About sessions">
    ${subpages.map(
      (page) => html`<a href="${page.path}" ${page.path === path && html`aria-current="page"`}>${page.name}</a>`,
    )}
  </div>`
}

export function sessionsView({ visitor, devices, done, longestName }) {
  return html`<h1>Sessions that lose nothing</h1>
    <p class="lead">
      Put something into the basket, then sign in: the basket comes along, though the key in your cookie is another one
      by then. Do the same in a second browser or a private window, and each sees the other in its list.
    </p>
    ${sessionsNav('/sessions')} ${visitor.hadAnother && done === undefined && deadCookie()} ${resultIn(undefined, done)}
    ${who(visitor, longestName)}
    <h2 id="shop">The shop</h2>
    ${resultIn('shop', done)} ${shop(visitor.basket)}
    <h2 id="devices">Your devices</h2>
    ${resultIn('devices', done)} ${visitor.userId === undefined ? noDevices() : deviceTable(visitor, devices)}
    <h2>The code that did it</h2>
    <pre tabindex="0"><code>${put.toString()}

${serveCode}</code></pre>
    <p>With Express the second function is <code>app.use(session(sessions))</code>.</p>`
}

/** When the store fails. */
export function unavailableView({ ownRedis }, error) {
  return html`<h1>Your session is out of reach</h1>
    <p class="lead">
      The store that keeps the sessions does not answer, so this is all that the shop can say just now, with status 503.
      <strong>Nobody was logged out</strong>, and your cookie was left as it is: when the store is back, you are who you
      were.
    </p>
    <div class="note failed" role="status">${errorText(error)}</div>
    <div class="actions">
      <form action="/sessions"><button class="main">Try again</button></form>
      ${ownRedis && html`<a href="/outage">Bring Redis back on the page about outages</a>`}
    </div>`
}

function deadCookie() {
  return html`<div class="note" role="status">
    <p>
      Your browser came with a cookie that leads to no session: it was logged out from elsewhere, its time was over, or
      it was never handed out. It was not taken up, and is gone now.
    </p>
  </div>`
}

/** What the visitor just did, in the part of the page where that was. */
function resultIn(part, done) {
  if (done === undefined || done.part !== part) return undefined
  const { calls, problem, newKey } = done
  return html`${problem && html`<div class="note failed" role="status"><p>${problem}</p></div>`}
  ${newKey && keyChanged(newKey)} ${callList(calls)}`
}

function keyChanged({ before, after, count }) {
  return html`<div class="note">
    <p>
      The session has a new key, so that nobody who planted the old one is signed in as well. Its name was
      <code>${before}</code> and is <code>${after}</code> now.
      ${count > 0 && html`The basket came along, with ${count} ${count === 1 ? 'thing' : 'things'} in it.`}
    </p>
  </div>`
}

function who(visitor, longestName) {
  return visitor.userId === undefined ? stranger(visitor, longestName) : user(visitor)
}

function stranger({ id, expiresAt }, longestName) {
  return html`<section class="note who" aria-labelledby="who">
    <h2 id="who">${badge('plain', 'not signed in')}</h2>
    ${
      id === undefined
        ? html`<p>You have no session and no cookie: nothing had to be remembered yet.</p>`
        : facts(id, expiresAt)
    }
    ${signInForm(longestName)}
  </section>`
}

function user({ userId, id, expiresAt }) {
  return html`<section class="note who well" aria-labelledby="who">
    <h2 id="who">${badge('hit', 'signed in')} <span id="user">${userId}</span></h2>
    ${facts(id, expiresAt)}
    <div class="actions">${postButton('/sessions/log-out', 'Log out')}</div>
  </section>`
}

function facts(id, expiresAt) {
  return html`<p>
    Your session is <code id="session">${id}</code>, which is a name for it and no key. It ends in
    ${timeLeft(expiresAt.getTime() - Date.now())} unless it is used.
  </p>`
}

function signInForm(longestName) {
  return html`<form method="post" action="/sessions/sign-in" class="sign-in">
    <label for="name">Your name</label>
    <input
      id="name"
      name="name"
      required
      maxlength="${longestName}"
      autocomplete="username"
      spellcheck="false"
      aria-describedby="name-help"
    />
    <button class="main">Sign in</button>
    <p id="name-help" class="facts">
      There are no passwords here: it is a demo, and anybody may be anybody. The same name is the same user.
    </p>
  </form>`
}

function shop(basket) {
  const total = basket.reduce((sum, { price }) => sum + price, 0)
  return html`<ul class="things">
      ${things.map((thing) => shelf(thing, basket.includes(thing)))}
    </ul>
    <p>
      In your basket:
      <strong id="basket">${basketText(basket)}</strong>${basket.length > 0 && `, together ${euros(total)}`}
    </p>
    <p class="facts">There is one of each. The basket belongs to the session, so every browser has one of its own.</p>`
}

/** What a basket holds, in words. */
export function basketText(basket) {
  return basket.length === 0 ? 'nothing' : basket.map(({ name }) => name).join(', ')
}

function shelf({ id, name, about, price }, isInBasket) {
  const [action, label] = isInBasket ? ['/sessions/take-out', 'Take out'] : ['/sessions/put', 'Put in']
  return html`<li class="${isInBasket && 'chosen'}">
    <h3>${name} ${isInBasket && badge('hit', 'in the basket')}</h3>
    <p class="facts">${about}</p>
    <p class="price">${euros(price)}</p>
    ${postButton(action, html`${label} ${unseen(name)}`, { fields: { thing: id } })}
  </li>`
}

function euros(price) {
  return `€\u00a0${price}`
}

function noDevices() {
  return html`<p class="empty">Sign in, and every browser that is signed in under your name is listed here.</p>`
}

function deviceTable({ id }, devices) {
  return html`<table class="devices">
      <caption>
        As
        <code>sessions.list(userId)</code>
        has it, the one used last first
      </caption>
      <thead>
        <tr>
          <th scope="col">device</th>
          <th scope="col">signed in</th>
          <th scope="col">last seen</th>
          <th scope="col">ends in</th>
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${devices.map((device) => deviceRow(device, device.id === id))}
      </tbody>
    </table>
    <div class="actions">
      ${postButton('/sessions/log-out-others', 'Log out everywhere else', { disabled: devices.length < 2 })}
      ${postButton('/sessions/log-out-everywhere', 'Log out everywhere', { look: 'danger' })}
    </div>
    <p class="facts">
      A session ends after ${idleMinutes} minutes without use. Its last use is noted to a tenth of that, so that most
      requests that only read write nothing.
    </p>`
}

function deviceRow({ id, device, createdAt, lastSeenAt, expiresAt }, isThis) {
  return html`<tr data-device="${id}">
    <th scope="row">${device} ${isThis && badge('hit', 'this one')}</th>
    <td data-label="signed in">${clock(createdAt, formatTime(createdAt))}</td>
    <td data-label="last seen">${isThis ? 'now' : clock(lastSeenAt, formatAgo(lastSeenAt))}</td>
    <td data-label="ends in">${timeLeft(expiresAt.getTime() - Date.now())}</td>
    <td class="row-actions">${logOutButton(id, device, isThis)}</td>
  </tr>`
}

function logOutButton(id, device, isThis) {
  if (isThis) return postButton('/sessions/log-out', html`Log out ${unseen('this one')}`)
  return postButton('/sessions/log-out-one', html`Log out ${unseen(device)}`, { fields: { id } })
}

function clock(date, text) {
  return html`<time datetime="${date.toISOString()}">${text}</time>`
}
