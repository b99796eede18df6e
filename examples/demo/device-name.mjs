const browsers = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)\S* (?:Mobile\/\S+ )?Safari\//],
  ['curl', /^curl\/(\d+)/],
]

const systems = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Windows', /\bWindows\b/],
  ['a Mac', /\bMacintosh\b/],
  ['Linux', /\bLinux\b/],
]

const mostShown = 60

/** What a person calls the device: `Firefox 140 on Windows`. What is not known is shown as it came. */
export function deviceName(userAgent = '') {
  const browser = browsers.map(([name, form]) => named(name, form.exec(userAgent))).find((name) => name !== undefined)
  const system = systems.find(([, form]) => form.test(userAgent))?.[0]
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`
  const shown = Array.from(userAgent.trim()).slice(0, mostShown).join('')
  return shown === '' ? 'an unknown device' : `unknown: ${shown}`
}

function named(name, match) {
  return match === null ? undefined : `${name} ${match[1]}`
}
