// Talking to the lab's server: questions, requests with the page's token, and the one stream of events.

const token = document.querySelector("meta[name=token]").content;

async function checked(response) {
  if (response.ok) return response;
  const said = await response.text();
  let words = said;
  try {
    words = JSON.parse(said).error;
  } catch {
    // not JSON: what it said is the message
  }
  throw new Error(words || `the lab answered ${response.status}`);
}

export const getJson = async (path) => (await checked(await fetch(path))).json();

export const getNumbers = async (path) => new Float32Array(await (await checked(await fetch(path))).arrayBuffer());

export async function post(path, body, type = "application/json") {
  const content = type === "application/json" ? JSON.stringify(body) : body;
  const headers = { "content-type": type, "x-numpen-token": token };
  return (await checked(await fetch(path, { method: "POST", headers, body: content }))).json();
}

export const postBytes = (path, bytes) => post(path, bytes, "application/octet-stream");

// One stream for the tab. The browser connects again by itself and says which event it saw last; if what came behind
// that is no longer there, `lost` is called.
export function listen(path, heard, lost) {
  const stream = new EventSource(path);
  stream.onmessage = (event) => heard(JSON.parse(event.data));
  stream.addEventListener("lost", lost);
  addEventListener("pagehide", () => stream.close());
  return stream;
}
