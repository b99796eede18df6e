class Markup {
  #text

  constructor(text) {
    this.#text = text
  }

  toString() {
    return this.#text
  }
}

/** HTML out of a template: whatever is put into it is escaped, unless it is made by `html` itself. */
export function html(strings, ...values) {
  const parts = strings.flatMap((string, i) => (i < values.length ? [string, toText(values[i])] : [string]))
  return new Markup(parts.join(''))
}

function toText(value) {
  if (value instanceof Markup) return String(value)
  if (Array.isArray(value)) return value.map(toText).join('')
  if (value === undefined || value === null || value === false) return ''
  return escape(String(value))
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape(text) {
  return text.replace(/[&<>"']/g, (character) => entities[character])
}
