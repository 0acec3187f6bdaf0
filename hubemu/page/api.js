// Calls of the control API, with the user's token; loaded first, to ask for the newest rows at once.
const KEY = 'hubemu.token';
let asking = null;
/** `ask` gives a promise of the token; who needs one before that waits. */
export let onTokenWanted;
const asker = new Promise(go => { onTokenWanted = go; });

function options(method, body, signal) {
  const headers = {};
  const token = sessionStorage.getItem(KEY);
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  // 'omit': the browser itself never asks for a password.
  return { method, headers, signal, credentials: 'omit', cache: 'no-store', body: JSON.stringify(body) };
}

export async function call(method, path, body, signal) {
  for (;;) {
    const answer = await fetch(path, options(method, body, signal));
    if (answer.status === 401) {
      asking ??= asker.then(ask => ask()).then(token => { sessionStorage.setItem(KEY, token); asking = null; });
      await asking;
    } else if (!answer.ok) {
      const problem = await answer.json().catch(() => ({ detail: `${answer.status}` }));
      throw Object.assign(new Error(problem.detail), { status: answer.status });
    } else return answer;
  }
}

export const query = values => {
  const given = Object.entries(values).filter(([, value]) => value !== '' && value != null);
  return given.length ? `?${new URLSearchParams(given)}` : '';
};
const json = async answer => (answer.status === 204 ? null : answer.json());
export const get = async (path, values = {}, signal) => json(await call('GET', path + query(values), undefined, signal));
export const text = async (path, values = {}) => (await call('GET', path + query(values))).text();
export const post = async (path, body = {}) => json(await call('POST', path, body));
export const put = async (path, body) => json(await call('PUT', path, body));
export const remove = async path => json(await call('DELETE', path));

const FIRST = 60;
let newest = get('/api/v1/messages', { latest: FIRST });
newest.catch(() => {}); // told to who takes it

/** The rows that are seen first: asked for already, or again. */
export function newestRows() {
  const asked = newest ?? get('/api/v1/messages', { latest: FIRST });
  newest = null;
  return asked;
}
