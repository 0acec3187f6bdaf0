// Asks the control API at `http` for rules of faults; gives the function that does.
'use strict'
const { HUBEMU_HTTP_TOKEN: token } = process.env
const bearer = token ? { Authorization: `Bearer ${token}` } : {}

module.exports = (http) => async (method, path, body) => {
  const answer = await fetch(`${http}/api/v1/faults${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...bearer },
    body: body && JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} ${text}`)
  return text ? JSON.parse(text) : undefined
}
